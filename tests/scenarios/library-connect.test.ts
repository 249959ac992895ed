import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Dial } from '../../src/client/client.ts';
import { ConnectError, type ConnectProblem } from '../../src/client/errors.ts';
import { connect } from '../../src/client-node/connect.ts';
import { dialTcp } from '../../src/transport/tcp.ts';
import { closing } from '../support/client-events.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { testServer } from '../support/server.ts';
import { startChat11StandIn } from '../support/stand-in-chat11.ts';
import { startScripted } from '../support/stand-in-faults.ts';

const at = ({ port }: { readonly port: number }) => ({ host: '127.0.0.1', port });
const quiet = { stateFolder: false, random: () => 0 } as const;
const owner = { ...quiet, name: 'alice', password: 'correct-horse' } as const;

const is = (reason: ConnectProblem) => (error: unknown) =>
  error instanceof ConnectError && error.reason === reason;

describe('an account', () => {
  it('is created by whoever needs it, or logged in to where there is one', async (t) => {
    const server = await testServer(t);
    await assert.rejects(connect(at(server), owner), is('no-such-account'));
    const first = closing(t, await connect(at(server), { ...owner, account: 'either' }));
    assert.equal(first.isGuest, false);
    closing(t, await connect(at(server), { ...owner, account: 'either', token: 'not-one-of-theirs' }));
    await assert.rejects(connect(at(server), { ...owner, account: 'create' }), is('taken'));
    for (const account of ['login', 'either'] as const) {
      const wrong = connect(at(server), { ...owner, password: 'wrong-horse', account });
      await assert.rejects(wrong, is('wrong-password'));
    }
    const carol = { ...owner, name: 'carol' };
    closing(t, await connect(at(server), { ...quiet, name: 'carol' }));
    await assert.rejects(connect(at(server), { ...carol, account: 'either' }), is('taken'));
    await assert.rejects(connect(at(server), carol), is('no-such-account'));
  });

  it('is created once by several who need it at the same time', async (t) => {
    const server = await testServer(t);
    const all = Array.from({ length: 4 }, async () =>
      closing(t, await connect(at(server), { ...owner, account: 'either' })),
    );
    for (const client of await Promise.all(all)) assert.equal(client.state, 'online');
  });
});

describe('connect that tries again', () => {
  it('waits for a server that is not there yet, and says so', async (t) => {
    const server = await testServer(t);
    let attempts = 0;
    const dial: Dial = (_address, signal) => {
      attempts += 1;
      if (attempts > 3) return dialTcp({ host: '127.0.0.1', port: server.port }, signal);
      return Promise.reject(Object.assign(new Error('refused'), { code: 'ECONNREFUSED' }));
    };
    const reports: string[] = [];
    const options = { ...quiet, name: 'alice', dial, random: () => 1 / 200 };
    await assert.rejects(connect('chat://bots:1', options), is('unreachable'));
    const client = await connect('chat://bots:1', {
      ...options,
      retry: true,
      onRetry: ({ error, retryInMs }) => reports.push(`${error.reason} ${retryInMs}`),
    });
    assert.equal(closing(t, client).state, 'online');
    assert.deepEqual(reports, ['unreachable 1', 'unreachable 2']);
  });

  it('waits for the server behind a tunnel that is there already, with an account too', async (t) => {
    const server = await testServer(t, { accounts: { alice: 'correct-horse' } });
    const tunnel = await startScripted((socket) => socket.destroy());
    t.after(() => tunnel.close());
    let attempts = 0;
    const dial: Dial = (_address, signal) => {
      attempts += 1;
      const port = attempts < 3 ? Number(/\d+$/.exec(tunnel.address)) : server.port;
      return dialTcp({ host: '127.0.0.1', port }, signal);
    };
    const reasons: string[] = [];
    const onRetry = ({ error }: { readonly error: ConnectError }) => reasons.push(error.reason);
    closing(t, await connect('chat://bots:1', { ...owner, dial, retry: true, onRetry }));
    assert.deepEqual(reasons, ['unreachable', 'unreachable']);
  });

  it('waits as long as a busy server asks, but not for ever, and gives up at once for other reasons', async (t) => {
    let left = 2;
    const server = await startChat11StandIn(t, ({ kind }, peer) => {
      if (kind !== 'register') return true;
      if (left-- > 0) peer.refuse(503, left === 1 ? 3 : 1_000_000_000);
      else if (left === -1) return true;
      else peer.refuse(403);
      return false;
    });
    const clock = new FakeClock();
    const waits: number[] = [];
    const options = {
      ...quiet,
      name: 'alice',
      clock,
      retry: true,
      onRetry: ({ retryInMs }: { readonly retryInMs: number }) => {
        waits.push(retryInMs);
        setImmediate(() => clock.advance(retryInMs));
      },
    };
    closing(t, await connect(server.address, options));
    assert.deepEqual(waits, [3_000, 3_600_000]);
    await assert.rejects(connect(server.address, options), is('password-needed'));
    assert.equal(waits.length, 2);
  });

  it('ends when it is told to, while it waits', async () => {
    const clock = new FakeClock();
    const leaving = new AbortController();
    const waiting = connect('chat://bots:1', {
      ...quiet,
      name: 'alice',
      clock,
      random: () => 1,
      dial: () => Promise.reject(new Error('no such luck')),
      retry: true,
      onRetry: () => setImmediate(() => leaving.abort(new Error('enough'))),
      signal: leaving.signal,
    });
    await assert.rejects(waiting, /enough/);
    assert.equal(clock.pendingTimers, 0);
  });
});
