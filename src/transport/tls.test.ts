import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { describe, it, type TestContext } from 'node:test';
import * as tls from 'node:tls';
import { type ConnectionPair, testConnectionContract } from '../../tests/contract/connection.ts';
import { certified } from '../../tests/support/certificates.ts';
import { FakeClock } from '../../tests/support/fake-clock.ts';
import { Observed, settle } from '../../tests/support/observed-connection.ts';
import { Handover } from '../client/connect/handover.ts';
import { systemClock } from '../scheduling/clock.ts';
import type { Listener } from './connection.ts';
import type { ServerTrust } from './server-trust.ts';
import { dialTcp, listenTcp } from './tcp.ts';
import { dialTls } from './tls-dial.ts';
import { HandshakeError, type TlsServer, tlsContext, tlsServer } from './tls-server.ts';

const own = certified();
const context = tlsContext(own);
const trusting: ServerTrust = { hasKey: async () => true, check: async () => 'trusted' };

interface Scene {
  readonly listener: Listener;
  /** The next connection, attached. */
  readonly accepted: Promise<Handover>;
}

/** A session attaches at once, and the handshake needs that. */
async function listenForOne(server = tlsServer(() => context, 10_000, systemClock)): Promise<Scene> {
  const { promise: accepted, resolve } = Promise.withResolvers<Handover>();
  const listener = await listenTcp({ host: '127.0.0.1', port: 0, tls: server }, (connection) =>
    resolve(new Handover(connection)),
  );
  return { listener, accepted };
}

async function openTls(): Promise<ConnectionPair> {
  const { listener, accepted } = await listenForOne();
  const dialed = await dialTls({ host: '127.0.0.1', port: listener.port }, trusting);
  const server = await accepted;
  while (!server.isEncrypted) await settle();
  return [dialed, server, () => listener.close()];
}

testConnectionContract('A TLS connection', openTls);

testConnectionContract('An accepted TLS connection', async () => {
  const [dialed, accepted, cleanup] = await openTls();
  return [accepted, dialed, cleanup];
});

testConnectionContract('An accepted plain connection beside TLS', async () => {
  const { listener, accepted } = await listenForOne();
  const dialed = await dialTcp({ host: '127.0.0.1', port: listener.port });
  dialed.write(Buffer.from('1'));
  const server = await accepted;
  await server.more();
  server.skip(1);
  return [server, dialed, () => listener.close()];
});

describe('A port with TLS', () => {
  /** A raw socket, and what the server sees of it. */
  async function rawClient(
    test: TestContext,
    server?: TlsServer,
  ): Promise<{ readonly socket: Socket; readonly observed: Observed }> {
    const { promise, resolve } = Promise.withResolvers<Observed>();
    const tlsOfServer = server ?? tlsServer(() => context, 10_000, systemClock);
    const listener = await listenTcp({ host: '127.0.0.1', port: 0, tls: tlsOfServer }, (connection) =>
      resolve(new Observed(connection)),
    );
    const socket = connect(listener.port, '127.0.0.1').on('error', () => {});
    test.after(() => {
      socket.destroy();
      return listener.close();
    });
    return { socket, observed: await promise };
  }

  async function failure(observed: Observed): Promise<string> {
    await observed.closed();
    const [error] = observed.closes;
    assert.ok(error instanceof HandshakeError, String(error));
    assert.equal(observed.connection.isEncrypted, false);
    assert.equal(observed.received, 0);
    return error.message.replace(/^TLS handshake failed: /, '');
  }

  it('passes plain bytes on unchanged, whatever they are', async (test) => {
    for (const bytes of ['REGISTER alice CHAT/1.0\n', '\x15\x03\x01', '\x00']) {
      const { socket, observed } = await rawClient(test);
      socket.write(bytes, 'latin1');
      await observed.until(() => observed.received === bytes.length);
      assert.equal(observed.bytes.toString('latin1'), bytes);
      assert.equal(observed.connection.isEncrypted, false);
    }
  });

  it('refuses what only begins like TLS', async (test) => {
    for (const bytes of ['\x16\x03\x01\x00\x05hello', `\x16${'x'.repeat(5_000)}`, '\x16\x03\x01\x00\x00']) {
      const { socket, observed } = await rawClient(test);
      socket.write(bytes, 'latin1');
      if (bytes.length === 5) socket.end();
      assert.notEqual(await failure(observed), '');
    }
  });

  it('refuses a first record that is longer than any', async (test) => {
    const { socket, observed } = await rawClient(test);
    socket.write(Buffer.alloc(200_000, 0x16));
    assert.equal(await failure(observed), 'its first record is too long');
  });

  it('ends a handshake that does not go on, after its time and not before', async (test) => {
    for (const bytes of ['\x16', '\x16\x03\x01\x02\x00\x01']) {
      const clock = new FakeClock();
      const { socket, observed } = await rawClient(
        test,
        tlsServer(() => context, 10_000, clock),
      );
      socket.write(bytes, 'latin1');
      while (clock.pendingTimers === 0) await settle();
      clock.advance(9_999);
      await settle();
      assert.equal(observed.closes.length, 0);
      clock.advance(1);
      assert.equal(await failure(observed), 'it took too long');
      assert.equal(clock.pendingTimers, 0);
    }
  });

  it('says why when the peer ends in the handshake', async (test) => {
    const { socket, observed } = await rawClient(test);
    socket.end('\x16\x03', 'latin1');
    assert.match(await failure(observed), /ended/);
  });

  it('destroys at `end` what is no connection yet', async (test) => {
    const clock = new FakeClock();
    const { socket, observed } = await rawClient(
      test,
      tlsServer(() => context, 10_000, clock),
    );
    socket.write('\x16', 'latin1');
    while (clock.pendingTimers === 0) await settle();
    observed.connection.write(Buffer.from('farewell'));
    observed.connection.end();
    await observed.closed();
    assert.equal(clock.pendingTimers, 0, 'its timer is gone');
  });

  it('keeps to `pause` over the handshake', async (test) => {
    const { socket, observed } = await rawClient(test);
    observed.connection.pause();
    observed.connection.resume();
    const secure = tls.connect({ socket, rejectUnauthorized: false });
    observed.connection.pause();
    observed.connection.resume();
    secure.write('hello');
    await observed.until(() => observed.received === 5);
    assert.equal(observed.connection.isEncrypted, true);
    secure.destroy();
  });

  async function negotiated(
    test: TestContext,
    options: tls.ConnectionOptions,
  ): Promise<tls.TLSSocket | string> {
    const { listener, accepted } = await listenForOne();
    const socket = tls.connect({
      ...{ host: '127.0.0.1', port: listener.port, rejectUnauthorized: false },
      ...options,
    });
    test.after(async () => {
      socket.destroy();
      (await accepted).destroy();
      await listener.close();
    });
    try {
      await once(socket, 'secureConnect');
      return socket;
    } catch (error) {
      return error instanceof Error && 'code' in error ? String(error.code) : String(error);
    }
  }

  it('speaks TLS 1.3 and 1.2, and nothing older', async (test) => {
    for (const version of ['TLSv1.3', 'TLSv1.2'] as const) {
      const socket = await negotiated(test, { minVersion: version, maxVersion: version });
      assert.ok(typeof socket !== 'string', `${version}: ${String(socket)}`);
      assert.equal(socket.getProtocol(), version);
      assert.match(socket.getCipher().name, /GCM|POLY1305/);
    }
    const old = { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT:@SECLEVEL=0' } as const;
    assert.match(String(await negotiated(test, old)), /PROTOCOL_VERSION/);
  });

  it('takes over TLS 1.2 no cipher without both ephemeral keys and authentication', async (test) => {
    for (const ciphers of ['ECDHE-ECDSA-AES128-SHA256', 'ECDHE-ECDSA-AES256-SHA']) {
      const found = await negotiated(test, { maxVersion: 'TLSv1.2', ciphers });
      assert.match(String(found), /HANDSHAKE_FAILURE/, ciphers);
    }
  });

  it('agrees on `chat` by ALPN, takes clients without it, and refuses others', async (test) => {
    for (const [offered, agreed] of [
      [['chat'], 'chat'],
      [['h2', 'http/1.1'], 'http/1.1'],
      [undefined, false],
    ] as const) {
      const socket = await negotiated(test, offered === undefined ? {} : { ALPNProtocols: [...offered] });
      assert.ok(typeof socket !== 'string', String(socket));
      assert.equal(socket.alpnProtocol, agreed);
    }
    assert.match(String(await negotiated(test, { ALPNProtocols: ['imap'] })), /NO_APPLICATION_PROTOCOL/);
  });

  it('uses the certificate that is in force when a handshake begins', async (test) => {
    let current = context;
    const { promise, resolve } = Promise.withResolvers<Handover>();
    const server = tlsServer(() => current, 10_000, systemClock);
    const listener = await listenTcp({ host: '127.0.0.1', port: 0, tls: server }, (connection) =>
      resolve(new Handover(connection)),
    );
    test.after(() => listener.close());
    const keyShown = async (): Promise<string> => {
      const { promise: shown, resolve: show } = Promise.withResolvers<string>();
      const connection = await dialTls(listener, {
        hasKey: async () => true,
        check: async ({ keySha256 }) => {
          show(keySha256);
          return 'trusted';
        },
      });
      connection.destroy();
      return shown;
    };
    assert.equal(await keyShown(), own.keySha256);
    const next = certified();
    current = tlsContext(next);
    assert.equal(await keyShown(), next.keySha256);
    (await promise).destroy();
  });
});
