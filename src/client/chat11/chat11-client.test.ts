import assert from 'node:assert/strict';
import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { closing, next, recorded } from '../../../tests/support/client-events.ts';
import { FakeClock } from '../../../tests/support/fake-clock.ts';
import { admitted, type StandInPeer, startChat11StandIn } from '../../../tests/support/stand-in-chat11.ts';
import { temporaryFolder } from '../../../tests/support/temporary-folder.ts';
import { connect } from '../../client-node/connect.ts';
import { LostError } from '../errors.ts';

/** Reconnects without delay. */
const guest = { name: 'alice', stateFolder: false, random: () => 0 } as const;
const owner = { ...guest, password: 'correct-horse' } as const;

const said = (position: number, from: string, text: string) =>
  ({ kind: 'message', position, from, timeMs: 0, text }) as const;

describe('a client whose connection breaks', () => {
  it('resumes from its cursor with its token, and repeats unanswered texts', async (t) => {
    const server = await startChat11StandIn(t, (request, peer) => {
      if (request.kind === 'register') {
        peer.answer({ kind: 'register', ...admitted, position: 4 });
        peer.tell(said(5, 'bob', 'one'));
        return false;
      }
      if (request.kind === 'login') {
        peer.answer({ kind: 'login', ...admitted, position: 8 });
        // The echo of its own text, from the log, precedes the response to its repetition.
        peer.tell(said(6, 'alice', 'kept'));
        peer.tell(said(7, 'bob', 'two'));
        peer.tell({ kind: 'caught-up', matched: 2, of: 3 });
        return false;
      }
      if (request.kind !== 'send') return true;
      if (server.connections === 1) peer.cut();
      else peer.answer({ kind: 'send', position: 6, reached: 0 });
      return false;
    });
    const client = closing(t, await connect(server.address, guest));
    const events = recorded(client);
    await next(client, 'message');
    const caughtUp = next(client, 'caught-up');
    assert.deepEqual(await client.send('kept'), { position: 6, reached: 0 });
    await caughtUp;
    assert.deepEqual(events.slice(1), [
      `offline: chat://127.0.0.1:${server.address.port} closed the connection`,
      'resumed',
      'bob: two',
      'caught up, 2 of 3',
    ]);
    const [login] = server.requests.filter(({ kind }) => kind === 'login');
    assert.deepEqual(login, { kind: 'login', name: 'alice', token: 't1', since: 5, epoch: 'e1' });
    const sends = server.requests.filter((request) => request.kind === 'send');
    assert.equal(sends.length, 2);
    assert.deepEqual(sends[0], sends[1]);
    assert.equal(client.position, 8);
  });

  it('registers a guest whom the server forgot again, with all follows, and reports the gap', async (t) => {
    const server = await startChat11StandIn(t, (request, peer) => {
      if (request.kind === 'login') peer.refuse(403);
      else if (request.kind === 'follows') peer.answer({ kind: 'follows', terms: ['@alice', '@all', 'pie'] });
      else if (request.kind === 'follow') peer.answer({ kind: 'follow' });
      else if (request.kind === 'register' && server.connections > 1) {
        peer.answer({ kind: 'register', token: 't2', epoch: 'e1', position: 9 });
      } else if (request.kind === 'send') peer.cut();
      else return true;
      return false;
    });
    const client = closing(t, await connect(server.address, guest));
    const events = recorded(client);
    await client.follow('apple');
    const gap = next(client, 'gap');
    await assert.rejects(
      client.send('nobody knows'),
      (error) => error instanceof LostError && error.reason === 'unknown',
    );
    await gap;
    assert.deepEqual(events.slice(1), ['online', 'gap 1 to 9']);
    assert.deepEqual(server.requests.filter(({ kind }) => kind === 'register').at(-1), {
      kind: 'register',
      name: 'alice',
      token: 't1',
      follow: ['pie', 'apple'],
    });
  });

  it('reconnects at once when asked to, however long the server wants it to wait', async (t) => {
    const clock = new FakeClock();
    const server = await startChat11StandIn(t, ({ kind }, peer) => {
      if (kind !== 'login' || server.connections !== 2) return true;
      peer.refuse(429, Number.MAX_SAFE_INTEGER);
      return false;
    });
    const client = closing(t, await connect(server.address, { ...guest, clock, random: () => 0.5 }));
    client.reconnectNow();
    const lost = next(client, 'offline');
    server.peers.at(-1)?.tell({ kind: 'disconnect', reason: 'The server goes away', retry: true });
    assert.equal((await lost).retryInMs, 100);
    const second = next(client, 'offline');
    client.reconnectNow();
    assert.equal((await second).retryInMs, 3_600_200);
    const online = next(client, 'online');
    client.reconnectNow();
    await online;
    assert.equal(server.connections, 3);
  });

  it('starts over in another epoch, with a reset', async (t) => {
    const server = await startChat11StandIn(t, (request, peer) => {
      if (request.kind !== 'login' || request.since === undefined) return true;
      peer.answer({ kind: 'login', token: 't1', epoch: 'e2', position: 2 });
      peer.tell({ kind: 'reset', epoch: 'e2' });
      return false;
    });
    const client = closing(t, await connect(server.address, owner));
    const events = recorded(client);
    const reset = next(client, 'reset');
    server.peers.at(-1)?.cut();
    await reset;
    assert.deepEqual(events.slice(1), ['online', 'reset e2']);
    assert.deepEqual([client.epoch, client.position], ['e2', 2]);
  });

  it('does not reconnect when the server forbids it, nor when its password has changed', async (t) => {
    const dismissed = await startChat11StandIn(t, () => true);
    const one = await connect(dismissed.address, owner);
    const why = next(one, 'closed');
    dismissed.peers.at(-1)?.tell({ kind: 'disconnect', reason: 'revoked', retry: false });
    assert.deepEqual(await why, { why: 'revoked' });
    await assert.rejects(one.send('x'), LostError);
    assert.equal(dismissed.connections, 1);

    const refusing = await startChat11StandIn(t, ({ kind }, peer) => {
      if (kind !== 'login' || refusing.connections === 1) return true;
      peer.refuse(403);
      return false;
    });
    const two = await connect(refusing.address, owner);
    const end = next(two, 'closed');
    refusing.peers.at(-1)?.cut();
    assert.match((await end).why ?? '', /not that of alice/);
    // The token first, then the password.
    assert.equal(refusing.requests.filter(({ kind }) => kind === 'login').length, 3);
  });

  it('reconnects when the server allows it, and after malformed bytes', async (t) => {
    const server = await startChat11StandIn(t, () => true);
    const client = closing(t, await connect(server.address, guest));
    const events = recorded(client);
    const ends: ((peer: StandInPeer) => void)[] = [
      (peer) => peer.tell({ kind: 'disconnect', reason: 'The server goes away', retry: true }),
      (peer) => peer.say('what is this\n'),
      (peer) => peer.say('MESSAGE CHAT/1.1\nFrom: bob\n\n'),
      (peer) => peer.say('200 Sent\n\n'),
    ];
    for (const end of ends) {
      const back = next(client, 'online');
      const last = server.peers.at(-1);
      if (last !== undefined) end(last);
      await back;
    }
    const where = `chat://127.0.0.1:${server.address.port}`;
    assert.deepEqual(
      events.filter((event) => event.startsWith('offline')),
      [
        'offline: The server goes away',
        `offline: what came from ${where} makes no sense: That is no start line of CHAT/1.1`,
        `offline: what came from ${where} makes no sense: Position is missing`,
        `offline: what came from ${where} makes no sense: it sent a response without a request`,
      ],
    );
  });

  it('ignores unknown events', async (t) => {
    const server = await startChat11StandIn(t, () => true);
    const client = closing(t, await connect(server.address, guest));
    const events = recorded(client);
    server.peers.at(-1)?.say('WEATHER fine CHAT/1.1\nContent-Length: 3\n\nsun');
    server.peers.at(-1)?.tell({ kind: 'notice', text: 'hello' });
    await next(client, 'notice');
    assert.deepEqual(events, ['notice of the server: hello']);
  });

  it('distinguishes a gap of a history from a gap in catching up', async (t) => {
    const server = await startChat11StandIn(t, (request, peer) => {
      if (request.kind === 'login') peer.answer({ kind: 'login', ...admitted, position: 30 });
      else if (request.kind === 'history') {
        peer.tell({ kind: 'gap', from: 1, to: 10 });
        peer.answer({ kind: 'history' });
        peer.tell({ kind: 'caught-up', matched: 0, of: 10 });
      } else if (request.kind === 'register') peer.answer({ kind: 'register', ...admitted, position: 20 });
      else return true;
      return false;
    });
    const client = closing(t, await connect(server.address, guest));
    const events = recorded(client);
    const back = next(client, 'online');
    const caughtUp = next(client, 'caught-up');
    server.peers.at(-1)?.cut();
    await back;
    assert.deepEqual(await client.history(), { entries: [], gaps: [{ from: 1, to: 10 }] });
    await caughtUp;
    assert.deepEqual(events.slice(1), ['resumed', 'caught up, 0 of 10']);
  });

  it('keep-alive: sends PING after 45 s, and gives up after 90 s of silence', async (t) => {
    const clock = new FakeClock();
    let isDeaf = false;
    const server = await startChat11StandIn(t, () => !isDeaf);
    const client = closing(t, await connect(server.address, { ...guest, clock }));
    const events = recorded(client);
    await client.list();
    const before = server.requests.length;
    clock.advance(44_999);
    await client.list();
    assert.deepEqual(server.kinds().slice(before), ['list']);
    clock.advance(45_000);
    await server.until(() => server.kinds().at(-1) === 'ping');
    await client.list();
    isDeaf = true;
    const offline = next(client, 'offline');
    clock.advance(90_000);
    await offline;
    assert.match(events[0] ?? '', /^offline: nothing was heard from .* for too long$/);
    isDeaf = false;
    const back = next(client, 'online');
    clock.advance(1);
    await back;
  });
});

describe('the stored cursor of an account', () => {
  it('is stored for the next run, but never the password', async (t) => {
    const stateFolder = join(await temporaryFolder(t), 'state');
    const server = await startChat11StandIn(t, (request, peer) => {
      if (request.kind !== 'login') return true;
      peer.answer({ kind: 'login', ...admitted });
      peer.tell(said(3, 'bob', 'hello'));
      return false;
    });
    const options = { ...owner, stateFolder };
    const first = await connect(server.address, { ...options, keepToken: true });
    await next(first, 'message');
    await first.close();
    for (const more of [{}, { keepToken: false }]) {
      const next = await connect(server.address, { name: 'alice', stateFolder, token: true, ...more });
      await next.close();
      assert.deepEqual(server.requests.filter(({ kind }) => kind === 'login').at(-1), {
        kind: 'login',
        name: 'alice',
        token: 't1',
        since: 3,
        epoch: 'e1',
      });
    }
    const file = join(stateFolder, (await readdir(stateFolder)).join());
    const kept = await readFile(file, 'utf8');
    assert.ok(!kept.includes('correct-horse') && !kept.includes('t1'), 'kept only while it is wanted');
    assert.equal((await stat(file)).mode & 0o777, 0o600);
    assert.equal((await stat(stateFolder)).mode & 0o777, 0o700);

    for (const broken of [
      '',
      '{',
      'null',
      kept.replace('"position":3', '"position":-3'),
      kept.replace('alice', 'bob'),
    ]) {
      await writeFile(file, broken);
      const client = await connect(server.address, options);
      assert.equal(client.position, 0);
      const { text } = await next(client, 'notice');
      assert.equal(
        text,
        'Messages since the last visit of alice are not shown, as the saved position cannot be used: the file is damaged',
      );
      await client.close();
    }
  });

  it('stops nothing when it cannot be written', async (t) => {
    const folder = await temporaryFolder(t);
    await writeFile(join(folder, 'file'), '');
    const server = await startChat11StandIn(t, () => true);
    const client = await connect(server.address, { ...owner, stateFolder: join(folder, 'file', 'x') });
    const events = recorded(client);
    await client.close();
    assert.match(
      events[0] ?? '',
      /^notice of the client: How far you have read cannot be saved: no such file/,
    );
    assert.deepEqual(events.slice(1), ['closed: undefined']);
  });
});
