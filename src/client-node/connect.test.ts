import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { describe, it } from 'node:test';
import { closing, next } from '../../tests/support/client-events.ts';
import { FakeClock } from '../../tests/support/fake-clock.ts';
import { admitted, startChat11StandIn } from '../../tests/support/stand-in-chat11.ts';
import { startScripted } from '../../tests/support/stand-in-faults.ts';
import { startStandIn } from '../../tests/support/stand-in-server.ts';
import type { ConnectOptions } from '../client/client.ts';
import { ConnectError, type ConnectProblem, LostError, UnsupportedError } from '../client/errors.ts';
import { connect, lookUp } from './connect.ts';
import { dial } from './dial.ts';

const quiet = { stateFolder: false } as const;
const guest: ConnectOptions = { name: 'alice', ...quiet };
const owner: ConnectOptions = { name: 'alice', password: 'correct-horse', ...quiet };

async function refusal(attempt: Promise<unknown>): Promise<ConnectError> {
  try {
    await attempt;
  } catch (error) {
    assert.ok(error instanceof ConnectError, String(error));
    return error;
  }
  return assert.fail('it was let in');
}

/** A server that speaks CHAT/1.1 and answers only PING. */
async function startMute() {
  const ended = Promise.withResolvers<void>();
  const asked = Promise.withResolvers<void>();
  const server = await startScripted((socket) => {
    socket.on('data', (bytes) => {
      if (`${bytes}`.endsWith('CHAT/1.1?\n')) {
        socket.write('100 CHAT/1.1\n');
        return;
      }
      if (`${bytes}`.startsWith('PING')) socket.write('200 Pong\n\n');
      if (/^(NAME|REGISTER)/m.test(`${bytes}`)) asked.resolve();
    });
    socket.once('close', () => ended.resolve());
  });
  return { ...server, asked: asked.promise, ended: ended.promise };
}

describe('connect', () => {
  it('can be aborted while the server does not answer, and leaves no connection open', async () => {
    for (const ask of [
      (address: string, signal: AbortSignal) => connect(address, { ...guest, signal }),
      (address: string, signal: AbortSignal) => lookUp(address, 'alice', { signal }),
    ]) {
      const server = await startMute();
      const leaving = new AbortController();
      const attempt = ask(server.address, leaving.signal);
      await server.asked;
      leaving.abort(new Error('changed my mind'));
      await assert.rejects(attempt, /changed my mind/);
      await server.ended;
      await assert.rejects(ask(server.address, leaving.signal), /changed my mind/);
      server.close();
    }
  });

  it('lookUp times out after ten seconds', async () => {
    const server = await startMute();
    const clock = new FakeClock();
    const asking = refusal(lookUp(server.address, 'alice', { clock }));
    await server.asked;
    clock.advance(10_000);
    assert.match((await asking).message, /gave no answer/);
    server.close();
  });

  it('rejects invalid arguments before it connects', async () => {
    const wrong: readonly [Parameters<typeof connect>[0], ConnectOptions, RegExp][] = [
      ['127.0.0.1', guest, /chat:\/\/host:port/],
      ['chat://x:1', { ...guest, name: 'all' }, /"all" is no user name/],
      ['chat://x:1', { ...guest, account: 'create' }, /needs a password/],
      ['chat://x:1', { ...owner, password: 'short' }, /at least 8/],
      ['chat://x:1', { ...guest, follow: ['two words'] }, /"two words" cannot be followed/],
      ['chat://x:1', { ...guest, token: true }, /no token of alice is kept/],
    ];
    for (const [address, options, expected] of wrong) {
      assert.match((await refusal(connect(address, options))).message, expected);
    }
  });

  it('rejects when nothing listens at the address', async () => {
    const listener = await startScripted(() => {});
    listener.close();
    const error = await refusal(connect(listener.address, guest));
    assert.equal(error.reason, 'unreachable');
    assert.match(error.message, /cannot reach chat:.*: nothing listens there \(ECONNREFUSED\)/);
  });

  it('explains refusals of the server', async (t) => {
    const cases: readonly [ConnectOptions, 401 | 403 | 422 | 426 | 429 | 500, ConnectProblem, RegExp][] = [
      [guest, 401, 'taken', /somebody is online as alice/],
      [guest, 403, 'password-needed', /alice has an account/],
      [{ ...owner, account: 'create' }, 401, 'taken', /alice is taken already/],
      [owner, 403, 'wrong-password', /not that of alice/],
      [owner, 426, 'tls-required', /unencrypted/],
      [owner, 429, 'busy', /try again in 7 s/],
      [guest, 422, 'invalid', /Not allowed \(422\)/],
      [guest, 500, 'refused', /Internal error \(500\)/],
    ];
    for (const [options, code, reason, words] of cases) {
      const server = await startChat11StandIn(t, ({ kind }, peer) => {
        if (kind === 'ping') return true;
        peer.refuse(code, code === 429 ? 7 : undefined);
        return false;
      });
      const error = await refusal(connect(server.address, options));
      assert.deepEqual([error.reason, error.code], [reason, code]);
      assert.match(error.message, words);
    }
  });

  it('uses the password when the token is no longer valid', async (t) => {
    const server = await startChat11StandIn(t, (request, peer) => {
      if (request.kind !== 'login' || request.token === undefined) return true;
      peer.refuse(403);
      return false;
    });
    const client = closing(t, await connect(server.address, { ...owner, token: 'revoked', follow: ['pie'] }));
    assert.equal(client.state, 'online');
    assert.deepEqual(server.requests.at(-1), {
      kind: 'login',
      name: 'alice',
      password: 'correct-horse',
      follow: ['pie'],
    });
  });

  it('emits no event before listeners can be attached', async (t) => {
    const server = await startChat11StandIn(t, ({ kind }, peer) => {
      if (kind !== 'register') return true;
      peer.answer({ kind: 'register', ...admitted });
      peer.tell({ kind: 'message', position: 1, from: 'bob', timeMs: 0, text: 'at once' });
      return false;
    });
    const client = closing(t, await connect(server.address, guest));
    assert.equal((await next(client, 'message')).text, 'at once');
    assert.equal(client.position, 1);
  });

  it('sends no password to a server that has not answered in CHAT/1.1', async () => {
    const heard: string[] = [];
    const server = await startScripted((socket) => {
      socket.on('data', (chunk) => {
        heard.push(chunk.toString());
        socket.end('400 Invalid registration\n');
      });
    });
    const error = await refusal(connect(server.address, owner));
    server.close();
    assert.equal(error.reason, 'foreign');
    assert.deepEqual(heard, ['REGISTER alice CHAT/1.1?\n']);
  });

  it('tries again over CHAT/1.1 when the connection breaks right after the server said that it speaks it', async (t) => {
    for (const who of [guest, owner]) {
      let cuts = 0;
      const server = await startChat11StandIn(t, ({ kind }, peer) => {
        if (kind !== 'ping' || cuts > 0) return true;
        cuts += 1;
        peer.cut();
        return false;
      });
      const told: string[] = [];
      const onRetry: ConnectOptions['onRetry'] = ({ error }) => told.push(error.reason);
      const client = closing(
        t,
        await connect(server.address, { ...who, retry: true, random: () => 0, onRetry }),
      );
      assert.deepEqual([client.protocol, told], ['CHAT/1.1', ['unreachable']]);
      cuts = 0;
      assert.equal((await refusal(lookUp(server.address, 'bob'))).reason, 'unreachable');
    }
  });

  it('asks once more when the connection ends before the server said anything', async (t) => {
    const server = await startChat11StandIn(t, () => true);
    let dialled = 0;
    const once: ConnectOptions['dial'] = async (address, signal) => {
      dialled += 1;
      const connection = await dial(address, signal);
      if (dialled === 1) connection.destroy();
      return connection;
    };
    const client = closing(t, await connect(server.address, { ...guest, dial: once }));
    assert.deepEqual([client.protocol, dialled], ['CHAT/1.1', 2]);
  });

  it('falls back to CHAT/1.0', async (t) => {
    const server = await startStandIn();
    t.after(() => server.close());
    const alice = closing(t, await connect(server.address, { ...guest, follow: ['apple'] }));
    const bob = closing(t, await connect(server.address, { name: 'bob', ...quiet }));
    assert.deepEqual([alice.protocol, alice.position, alice.epoch], ['CHAT/1.0', undefined, undefined]);
    const heard = next(alice, 'message');
    assert.deepEqual(await bob.send('an apple'), { position: undefined, reached: undefined });
    assert.deepEqual([(await heard).from, (await heard).text], ['bob', 'an apple']);
    await assert.rejects(alice.history(), UnsupportedError);
    const back = [next(alice, 'online'), next(bob, 'online')];
    server.drop();
    await Promise.all(back);
    const again = next(bob, 'message');
    await alice.send('for @bob');
    assert.equal((await again).text, 'for @bob');
  });

  it('escapes texts over CHAT/1.0 that would be commands there', async (t) => {
    const server = await startStandIn();
    t.after(() => server.close());
    const alice = closing(t, await connect(server.address, guest));
    const bob = closing(t, await connect(server.address, { name: 'bob', ...quiet }));
    const texts = ['!exit', ' \t!exit', '!!', ' two spaces', 'the last, @alice'];
    const last = next(alice, 'message');
    for (const text of texts) await bob.send(text);
    assert.equal((await last).text, 'the last, @alice');
    const sent = ['!!exit', '!!exit', '!!!', ' two spaces', 'the last, @alice'];
    const heard = server.lines.filter((line) => line.startsWith('@bob: '));
    assert.deepEqual(
      heard,
      sent.map((text) => `@bob: ${text}`),
    );
  });

  it('queues a thousand lines over CHAT/1.0 too, and rejects the next', async (t) => {
    const server = await startStandIn();
    t.after(() => server.close());
    const client = closing(t, await connect(server.address, guest));
    const sending = Array.from({ length: 1_000 }, (_, i) => client.send(`${i}`));
    await assert.rejects(
      client.send('one more'),
      (error) => error instanceof LostError && error.reason === 'too-many',
    );
    await Promise.all(sending);
    assert.deepEqual(await client.send('later'), { position: undefined, reached: undefined });
  });

  it('falls back to CHAT/1.0 when a server is silent for five seconds', async (t) => {
    const clock = new FakeClock();
    const server = createServer((socket: Socket) => {
      socket.once('data', (chunk) => {
        if (chunk.toString().endsWith('CHAT/1.0\n')) socket.write('200 Registration successful\n');
        else setImmediate(() => clock.advance(5_000));
      });
      socket.on('error', () => {});
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    t.after(() => server.close());
    const bound = server.address();
    const port = typeof bound === 'object' && bound !== null ? bound.port : 0;
    const client = await connect({ host: '127.0.0.1', port }, { ...guest, clock });
    assert.equal(client.protocol, 'CHAT/1.0');
    const closed = client.close();
    while (client.state !== 'closed' || clock.pendingTimers > 0) {
      clock.advance(1_000);
      await new Promise((resolve) => setImmediate(resolve));
    }
    await closed;
  });

  it('rejects when the server speaks neither protocol', async () => {
    const server = await startScripted((socket) => {
      socket.once('data', () => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'));
    });
    const error = await refusal(connect(server.address, guest));
    server.close();
    assert.equal(error.reason, 'foreign');
    assert.match(error.message, /speaks neither CHAT\/1.1 nor CHAT\/1.0/);
  });
});

describe('lookUp', () => {
  it('resolves with the status of a name', async (t) => {
    const server = await startChat11StandIn(t, (request, peer) => {
      if (request.kind !== 'name') return true;
      peer.answer({ kind: 'name', status: 'account', online: false });
      return false;
    });
    assert.deepEqual(await lookUp(server.address, 'bob'), { status: 'account', isOnline: false });
    assert.deepEqual(server.kinds(), ['ping', 'name', 'disconnect']);
    assert.equal((await refusal(lookUp(server.address, 'no name'))).reason, 'invalid');
  });
});
