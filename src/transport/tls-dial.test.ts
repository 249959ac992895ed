import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { certified } from '../../tests/support/certificates.ts';
import { Observed } from '../../tests/support/observed-connection.ts';
import { Handover } from '../client/connect/handover.ts';
import { systemClock } from '../scheduling/clock.ts';
import type { ServerTrust } from './server-trust.ts';
import { listenTcp } from './tcp.ts';
import { dialTls } from './tls-dial.ts';
import { tlsContext, tlsServer } from './tls-server.ts';

const context = tlsContext(certified());
const ignoring = { onData() {}, onDrain() {}, onEnd() {}, onClose() {} };
const trusting: ServerTrust = { hasKey: async () => true, check: async () => 'trusted' };

describe('dialTls', () => {
  it('says so when what listens there does not speak TLS', async (test) => {
    const listener = await listenTcp({ host: '127.0.0.1', port: 0 }, (connection) => {
      connection.attach({ ...ignoring, onData: () => connection.write(Buffer.from('400 What?\n')) });
      test.after(() => connection.destroy());
    });
    test.after(() => listener.close());
    await assert.rejects(dialTls(listener, trusting), /does not speak TLS; without encryption, .* chat:\/\//);
  });

  it('says so when the connection ends in the handshake', async (test) => {
    const listener = await listenTcp({ host: '127.0.0.1', port: 0 }, (connection) => {
      connection.attach({ ...ignoring, onData: () => connection.destroy() });
    });
    test.after(() => listener.close());
    await assert.rejects(dialTls(listener, trusting), /ended before it was encrypted/);
  });

  it('rejects with the reason of its signal, and closes, while the server is silent', async (test) => {
    const { promise, resolve } = Promise.withResolvers<Observed>();
    const listener = await listenTcp({ host: '127.0.0.1', port: 0 }, (connection) =>
      resolve(new Observed(connection)),
    );
    test.after(() => listener.close());
    const leaving = new AbortController();
    const dialed = dialTls(listener, trusting, leaving.signal);
    const observed = await promise;
    await observed.until(() => observed.received > 0);
    leaving.abort(new Error('left'));
    await assert.rejects(dialed, /left/);
    await observed.until(() => observed.ends + observed.closes.length > 0);
    observed.connection.destroy();
  });

  it('sends nothing to a server that is not trusted', async (test) => {
    const { promise: accepted, resolve } = Promise.withResolvers<Handover>();
    const tls = tlsServer(() => context, 10_000, systemClock);
    const listener = await listenTcp({ host: '127.0.0.1', port: 0, tls }, (connection) =>
      resolve(new Handover(connection)),
    );
    test.after(() => listener.close());
    const refusing: ServerTrust = {
      hasKey: async () => true,
      check: async () => Promise.reject(new Error('not that one')),
    };
    await assert.rejects(dialTls(listener, refusing), /not that one/);
    const server = await accepted;
    await server.closed;
    assert.equal(server.held.length, 0);
  });

  it('asks again with the authorities when the key alone does not decide', async (test) => {
    const server = tlsServer(() => context, 10_000, systemClock);
    const listener = await listenTcp({ host: '127.0.0.1', port: 0, tls: server }, (connection) => {
      connection.attach(ignoring);
      test.after(() => connection.destroy());
    });
    test.after(() => listener.close());
    const asked: (boolean | undefined)[] = [];
    const connection = await dialTls(listener, {
      hasKey: async () => true,
      check: async ({ certificate }) => {
        asked.push(certificate?.isVouchedFor);
        return certificate?.isVouchedFor === undefined ? 'undecided' : 'trusted';
      },
    });
    connection.destroy();
    assert.deepEqual(asked, [undefined, false]);
  });
});
