import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { describe, it, type TestContext } from 'node:test';
import type { Client, Entry } from '../../src/client/client.ts';
import { LostError } from '../../src/client/errors.ts';
import { connect } from '../../src/client-node/connect.ts';
import { at, botScene, password, quiet, textOf } from '../support/bot-scene.ts';
import { closing, next, recorded } from '../support/client-events.ts';
import { CuttingProxy } from '../support/cutting-proxy.ts';
import { testServer } from '../support/server.ts';
import { startChat11StandIn } from '../support/stand-in-chat11.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const child = join(import.meta.dirname, '..', 'support', 'bot-child.ts');

/** A bot in a process of its own; see tests/support/bot-child.ts. */
function startBot(t: TestContext, port: number, folder: string, where: string) {
  const bot = spawn(process.execPath, [child, `127.0.0.1:${port}`, folder, where], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  t.after(() => bot.kill('SIGKILL'));
  const lines = createInterface(bot.stdout);
  const ended = once(bot, 'exit');
  return {
    ended,
    until: (text: string) =>
      new Promise<void>((resolve) => {
        lines.on('line', (line) => {
          if (line === text) resolve();
        });
      }),
    async kill() {
      bot.kill('SIGKILL');
      await ended;
    },
  };
}

/** Sends `count` texts with `word`, several at a time. */
async function send(client: Client, count: number, word: string): Promise<string[]> {
  const texts = Array.from({ length: count }, (_, i) => `${word} ${i}`);
  await Promise.all(texts.map((text) => client.send(text)));
  return texts;
}

/** Resolves once `isSo` is true, which is looked at whenever `client` hears something. */
function until(client: Client, isSo: () => boolean): Promise<void> {
  return new Promise((resolve) => {
    const look = () => {
      if (!isSo()) return;
      client.off('message', look);
      resolve();
    };
    client.on('message', look);
    look();
  });
}

describe('a bot that handles entries', () => {
  for (const where of ['folder', 'own']) {
    it(`gets the entry again in whose handling it was killed, by a place in ${where === 'own' ? 'its own store' : 'the folder'}`, async (t) => {
      const server = await testServer(t, { accounts: { keeper: password } });
      const folder = await temporaryFolder(t);
      const alice = closing(t, await connect(at(server), { ...quiet, name: 'alice' }));
      const first = startBot(t, server.port, folder, where);
      await first.until('ready');
      await alice.send('job 1');
      const hung = first.until('job 2 hang');
      await alice.send('job 2 hang');
      await hung;
      await alice.send('job 3, which waits');
      await first.kill();
      await alice.send('job 4, to nobody');
      const second = startBot(t, server.port, folder, where);
      await second.until('job 2 hang');
      await second.kill();
      const handled = async () => (await readFile(join(folder, 'handled.txt'), 'utf8')).trim().split('\n');
      const done = await handled();
      assert.equal(done[0], 'job 1');
      assert.equal(done.filter((text) => text === 'job 2 hang').length, 2);
      // The library's own file may be a second behind, one's own store is not.
      if (where === 'own') assert.deepEqual(done, ['job 1', 'job 2 hang', 'job 2 hang']);
    });
  }

  it('handles one entry at a time, and moves the place past it when it is done', async (t) => {
    const { bot, alice, places } = await botScene(t);
    const begun: string[] = [];
    const isBegun = Promise.withResolvers<void>();
    const door = Promise.withResolvers<void>();
    const stop = new AbortController();
    const working = bot.handle(
      async (entry) => {
        begun.push(textOf(entry));
        isBegun.resolve();
        await door.promise;
      },
      { signal: stop.signal },
    );
    await send(alice, 3, 'job');
    await isBegun.promise;
    assert.deepEqual([begun, bot.position], [['job 0'], 0]);
    await assert.rejects(
      bot.handle(() => {}),
      /handled already/,
    );
    stop.abort();
    door.resolve();
    await working;
    assert.deepEqual([begun, bot.position], [['job 0'], 1]);
    assert.deepEqual(places.at(-1), { position: 1, epoch: bot.epoch });
  });

  it('is asked for by a loop too, which gets the entry again at which it was left', async (t) => {
    const { bot, alice } = await botScene(t);
    const texts: string[] = [];
    const all = bot.messages();
    await send(alice, 3, 'job');
    for await (const entry of all) {
      texts.push(textOf(entry));
      if (texts.length === 2) break;
    }
    assert.equal(bot.position, 1);
    await assert.rejects(async () => {
      for await (const entry of bot.messages()) {
        texts.push(textOf(entry));
        throw new Error('a bug');
      }
    }, /a bug/);
    const stop = new AbortController();
    for await (const entry of bot.messages({ signal: stop.signal })) {
      texts.push(textOf(entry));
      if (texts.length === 5) stop.abort();
    }
    assert.deepEqual(texts, ['job 0', 'job 1', 'job 1', 'job 1', 'job 2']);
    assert.equal(bot.position, 3);
    const end = bot.messages().next();
    await bot.close();
    assert.deepEqual(await end, { done: true, value: undefined });
  });

  it('stops at an error, or skips, or tries again, as it is told', async (t) => {
    const { bot, alice } = await botScene(t);
    const texts: string[] = [];
    const fail = (entry: Entry) => {
      texts.push(textOf(entry));
      throw new Error(`no ${textOf(entry)}`);
    };
    const stopped = bot.handle(fail);
    await Promise.all([assert.rejects(stopped, /no job 0/), send(alice, 3, 'job')]);
    assert.equal(bot.position, 0);
    const failures: number[] = [];
    const stop = new AbortController();
    const onError = (_error: unknown, entry: Entry, count: number) => {
      failures.push(count);
      if (textOf(entry) === 'job 2') stop.abort();
      return count < 3 ? { retryInMs: 1 } : 'skip';
    };
    await bot.handle(fail, { onError, signal: stop.signal });
    assert.deepEqual(failures, [1, 2, 3, 1, 2, 3, 1]);
    assert.equal(bot.position, 2);
    const undecided = () => {
      throw new Error('not even that');
    };
    await assert.rejects(bot.handle(fail, { onError: undecided }), /not even that/);
  });

  it('keeps a bounded number in memory, in order, while handlers ask the server for something', async (t) => {
    const { bot, alice } = await botScene(t);
    const door = Promise.withResolvers<void>();
    const handled: string[] = [];
    const stop = new AbortController();
    const working = bot.handle(
      async (entry) => {
        await door.promise;
        handled.push(textOf(entry));
        if (handled.length % 50 === 0) await bot.sendTo('alice', `${handled.length} are done`);
        if (textOf(entry) === 'the end of the job') stop.abort();
      },
      { signal: stop.signal },
    );
    let heard = 0;
    bot.on('message', () => heard++);
    const all = until(bot, () => heard === 1_500);
    const texts = await send(alice, 1_000, 'job');
    // Own texts among those that are read again are no entries.
    await bot.send('my own job');
    texts.push(...(await send(alice, 500, 'job')));
    await all;
    assert.deepEqual([handled, bot.position], [[], 0]);
    door.resolve();
    await alice.send('the end of the job');
    await working;
    assert.deepEqual(handled, [...texts, 'the end of the job']);
  });

  it('goes on through broken connections, also where it has to read again', async (t) => {
    let proxy: CuttingProxy | undefined;
    const { bot, alice } = await botScene(t, async (port) => {
      proxy = await CuttingProxy.open(t, port);
      return proxy;
    });
    const handled: string[] = [];
    const stop = new AbortController();
    const working = bot.handle(
      async (entry) => {
        handled.push(textOf(entry));
        if (handled.length % 100 === 0) void proxy?.cut(2_000);
        if (handled.length === 1_000) stop.abort();
        if (handled.length % 10 === 0) await bot.sendTo('alice', 'ten more');
      },
      { signal: stop.signal },
    );
    const texts = await send(alice, 1_000, 'job');
    await working;
    assert.deepEqual(handled, texts);
  });

  it('ends with the client: quietly when its user closes it, with the reason when the server does', async (t) => {
    const { bot, alice } = await botScene(t);
    const begun = Promise.withResolvers<void>();
    const working = bot.handle(async () => {
      begun.resolve();
      await bot.history().then(() => bot.close());
      await bot.list();
    });
    await alice.send('a job');
    await begun.promise;
    await working;
    const dismissing = await startChat11StandIn(t, () => true);
    const other = await connect(dismissing.address, { ...quiet, name: 'keeper' });
    const refused = other.handle(() => {});
    dismissing.peers.at(-1)?.tell({ kind: 'disconnect', reason: 'revoked', retry: false });
    await assert.rejects(refused, (error) => error instanceof LostError && error.message === 'revoked');
  });

  it('begins where it is told to, and is told when that place is of another log', async (t) => {
    const { server, bot, alice } = await botScene(t);
    await send(alice, 3, 'job');
    const { epoch = '' } = bot;
    await bot.close();
    const options = { ...quiet, name: 'keeper', password };
    const again = closing(t, await connect(at(server), { ...options, since: { position: 1, epoch } }));
    const texts: string[] = [];
    for await (const entry of again.messages()) {
      if (texts.push(textOf(entry)) === 2) break;
    }
    assert.deepEqual(texts, ['job 1', 'job 2']);
    const foreign = await connect(at(server), { ...options, since: { position: 1, epoch: 'of-old' } });
    const events = recorded(closing(t, foreign));
    await next(foreign, 'reset');
    assert.deepEqual([events, foreign.position, foreign.epoch], [[`reset ${epoch}`], 3, epoch]);
  });

  it('does not start where its place store fails, and goes on where only keeping fails', async (t) => {
    const { server, bot, alice, options } = await botScene(t);
    await bot.close();
    const broken = { read: () => Promise.reject(new Error('no database')), keep: () => {} };
    await assert.rejects(connect(at(server), { ...options, place: broken }), /no database/);
    const full = { read: () => undefined, keep: () => Promise.reject(new Error('the table is full')) };
    const again = closing(t, await connect(at(server), { ...options, place: full }));
    const notice = next(again, 'notice');
    const entries = again.messages();
    await alice.send('a job');
    for await (const entry of entries) {
      assert.equal(textOf(entry), 'a job');
      break;
    }
    assert.match((await notice).text, /cannot be saved: the table is full/);
  });
});
