import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type ConnectionPair, testConnectionContract } from '../../tests/contract/connection.ts';
import { isLoopbackAddress } from './address-group.ts';
import type { Connection, Listener } from './connection.ts';
import { dialTcp, listenTcp } from './tcp.ts';

const loopback = { host: '127.0.0.1', port: 0 };

async function listenForOne(): Promise<{ listener: Listener; accepted: Promise<Connection> }> {
  const { promise: accepted, resolve } = Promise.withResolvers<Connection>();
  return { listener: await listenTcp(loopback, resolve), accepted };
}

async function openPair(): Promise<ConnectionPair> {
  const { listener, accepted } = await listenForOne();
  const dialed = await dialTcp({ host: listener.host, port: listener.port });
  return [dialed, await accepted, () => listener.close()];
}

/** Resolves when `connection` has closed. */
function closed(connection: Connection): Promise<void> {
  return new Promise((resolve) => {
    connection.attach({
      onData() {},
      onDrain() {},
      onEnd() {},
      onClose: () => resolve(),
    });
  });
}

testConnectionContract('A TCP connection', openPair);

testConnectionContract('An accepted TCP connection', async () => {
  const [dialed, accepted, cleanup] = await openPair();
  return [accepted, dialed, cleanup];
});

describe('listenTcp', () => {
  it('reports the host it was given and the port that the system chose', async () => {
    const listener = await listenTcp(loopback, () => {});
    assert.equal(listener.host, '127.0.0.1');
    assert.ok(listener.port > 0);
    await listener.close();
  });

  it('rejects with EADDRINUSE when the port is taken', async () => {
    const listener = await listenTcp(loopback, () => {});
    const again = listenTcp({ host: '127.0.0.1', port: listener.port }, () => {});
    await assert.rejects(again, { code: 'EADDRINUSE' });
    await listener.close();
  });

  it('closes idempotently, and leaves open connections open', async () => {
    const { listener, accepted } = await listenForOne();
    const dialed = await dialTcp({ host: '127.0.0.1', port: listener.port });
    const server = await accepted;
    await Promise.all([listener.close(), listener.close()]);
    await listener.close();
    await assert.rejects(dialTcp({ host: '127.0.0.1', port: listener.port }), { code: 'ECONNREFUSED' });

    const heard = new Promise<string>((resolve) => {
      server.attach({
        onData: (chunk) => resolve(Buffer.from(chunk).toString()),
        onDrain() {},
        onEnd() {},
        onClose() {},
      });
    });
    const gone = closed(dialed);
    dialed.write(Buffer.from('still here'));
    assert.equal(await heard, 'still here');
    dialed.destroy();
    server.destroy();
    await gone;
  });

  it('frees its port before `close` resolves, also while connections are open', async () => {
    const { listener, accepted } = await listenForOne();
    const dialed = await dialTcp({ host: '127.0.0.1', port: listener.port });
    const server = await accepted;
    await listener.close();
    const next = await listenTcp({ host: '127.0.0.1', port: listener.port }, () => {});
    assert.equal(next.port, listener.port);
    await next.close();
    const bothClosed = Promise.all([closed(dialed), closed(server)]);
    dialed.destroy();
    server.destroy();
    await bothClosed;
  });
});

describe('dialTcp', () => {
  it('rejects with ECONNREFUSED when nobody listens', async () => {
    const listener = await listenTcp(loopback, () => {});
    await listener.close();
    await assert.rejects(dialTcp({ host: '127.0.0.1', port: listener.port }), { code: 'ECONNREFUSED' });
  });

  it("makes connections that know their peer's address", async () => {
    const [dialed, accepted, cleanup] = await openPair();
    for (const connection of [dialed, accepted]) {
      assert.equal(connection.remoteAddress, '127.0.0.1');
      assert.equal(connection.isLoopback, true);
    }
    const bothClosed = Promise.all([closed(dialed), closed(accepted)]);
    dialed.destroy();
    accepted.destroy();
    await bothClosed;
    assert.equal(dialed.remoteAddress, '127.0.0.1', 'also when it has gone');
    await cleanup();
  });
});

describe('isLoopbackAddress', () => {
  it('is true for 127.0.0.0/8 and ::1, also as IPv4 in IPv6', () => {
    for (const address of ['127.0.0.1', '127.255.255.254', '::1', '::ffff:127.0.0.1', '::ffff:127.9.9.9']) {
      assert.equal(isLoopbackAddress(address), true, address);
    }
  });

  it('is false for every other address, a link-local one with its zone and none at all among them', () => {
    for (const address of [
      ...['10.0.0.1', '128.0.0.1', '126.255.255.255', '0.0.0.0', '192.168.1.1', '::ffff:10.0.0.1'],
      ...['::', '::2', 'fe80::1', 'fe80::1%eth0', '2001:db8::1', '', 'localhost', '127.0.0.1.example.org'],
    ]) {
      assert.equal(isLoopbackAddress(address), false, address);
    }
  });
});
