import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { describe, it } from 'node:test';
import { type ConnectionPair, testConnectionContract } from '../../../../tests/contract/connection.ts';
import { Observed } from '../../../../tests/support/observed-connection.ts';
import type { Connection } from '../../connection.ts';
import { dialUdp } from './dial-udp.ts';
import { listenUdp, type UdpListener } from './listen-udp.ts';

const secret = new Uint8Array(32).fill(3);
const loopback = { host: '127.0.0.1', port: 0, secret };
const isTrusted = (): boolean => true;

async function listenForOne(): Promise<{ listener: UdpListener; accepted: Promise<Connection> }> {
  const { promise: accepted, resolve } = Promise.withResolvers<Connection>();
  return { listener: await listenUdp(loopback, resolve), accepted };
}

/** A connection whose ends are attached by the suite, though the server's end must be when it arrives. */
async function openPair(): Promise<ConnectionPair> {
  const { listener, accepted } = await listenForOne();
  const dialed = await dialUdp({ host: '127.0.0.1', port: listener.port, isTrusted });
  return [dialed, await accepted, () => listener.close()];
}

testConnectionContract('A stream over UDP', openPair);

testConnectionContract('An accepted stream over UDP', async () => {
  const [dialed, accepted, cleanup] = await openPair();
  return [accepted, dialed, cleanup];
});

describe('listenUdp', () => {
  it('reports the host it was given, the port that the system chose, and its key', async () => {
    const listener = await listenUdp(loopback, () => {});
    assert.equal(listener.host, '127.0.0.1');
    assert.ok(listener.port > 0);
    assert.equal(listener.publicKey.length, 32);
    await listener.close();
  });

  it('rejects with EADDRINUSE when the port is taken', async () => {
    const listener = await listenUdp(loopback, () => {});
    await assert.rejects(
      listenUdp({ ...loopback, port: listener.port }, () => {}),
      { code: 'EADDRINUSE' },
    );
    await listener.close();
  });

  it('lets nobody new in after `close`, frees its port when the last one has gone', async () => {
    const { listener, accepted } = await listenForOne();
    const dialed = new Observed(await dialUdp({ host: '127.0.0.1', port: listener.port, isTrusted }));
    const server = new Observed(await accepted);
    await listener.close();
    await listener.close();
    const settings = { handshakeTimeoutMs: 50 };
    const late = dialUdp({ host: '127.0.0.1', port: listener.port, isTrusted, settings });
    await assert.rejects(late, { code: 'ETIMEDOUT' });
    dialed.connection.write(Buffer.from('still here'));
    await server.until(() => server.received === 10);
    dialed.connection.end();
    server.connection.end();
    await Promise.all([dialed.closed(), server.closed()]);
    for (;;) {
      try {
        await (await listenUdp({ ...loopback, port: listener.port }, () => {})).close();
        break;
      } catch {
        await new Promise((resolve) => setImmediate(resolve));
      }
    }
  });
});

describe('how many associations an address may have', () => {
  it('lets others in again when one has gone, however it went', async () => {
    const ends: Observed[] = [];
    const listener = await listenUdp({ ...loopback, mostFrom: () => 2 }, (connection) => {
      ends.push(new Observed(connection));
    });
    const address = { host: '127.0.0.1', port: listener.port, isTrusted };
    const settings = { handshakeTimeoutMs: 100 };
    for (let round = 0; round < 3; round++) {
      const two = [await dialUdp(address), await dialUdp(address)].map((dialed) => new Observed(dialed));
      while (ends.length < 2) await new Promise((resolve) => setImmediate(resolve));
      await assert.rejects(dialUdp({ ...address, settings }), { code: 'ETIMEDOUT' });
      for (const { connection } of [...two, ...ends]) connection.destroy();
      await Promise.all([...two, ...ends.splice(0)].map((end) => end.closed()));
      // The associations end right after their last connection.
      for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
    }
    await listener.closeAll();
  });
});

describe('closeAll', () => {
  it('breaks off what is left at once, and frees the port', async () => {
    const { listener, accepted } = await listenForOne();
    const dialed = new Observed(await dialUdp({ host: '127.0.0.1', port: listener.port, isTrusted }));
    const server = new Observed(await accepted);
    await listener.closeAll();
    await Promise.all([dialed.closed(), server.closed()]);
    const next = await listenUdp({ ...loopback, port: listener.port }, () => {});
    await next.closeAll();
    await next.closeAll();
  });
});

describe('many clients of one address', () => {
  it('all get in, with the cookies that are demanded of them, and out', async () => {
    const accepted: Observed[] = [];
    const listener = await listenUdp(loopback, (connection) => void accepted.push(new Observed(connection)));
    const options = { host: '127.0.0.1', port: listener.port, isTrusted };
    const dialed = await Promise.all(
      Array.from({ length: 100 }, async () => new Observed(await dialUdp(options))),
    );
    for (const [i, { connection }] of dialed.entries()) {
      connection.write(Buffer.from(`${i}`));
      connection.end();
    }
    while (accepted.length < 100) await new Promise((resolve) => setImmediate(resolve));
    await Promise.all(accepted.map((end) => end.until(() => end.ends > 0)));
    const texts = accepted.map(({ bytes }) => Number(bytes.toString())).sort((a, b) => a - b);
    assert.deepEqual(
      texts,
      Array.from({ length: 100 }, (_, i) => i),
    );
    for (const { connection } of accepted) connection.end();
    await Promise.all([...accepted, ...dialed].map((end) => end.closed()));
    await listener.close();
  });
});

describe('dialUdp', () => {
  it('keeps no process alive once its connection has closed', async () => {
    const server = await listenUdp(loopback, (connection) => new Observed(connection).connection.end());
    const script = `
      import { dialUdp } from ${JSON.stringify(path.join(import.meta.dirname, 'dial-udp.ts'))};
      const connection = await dialUdp({ host: '127.0.0.1', port: ${server.port}, isTrusted: () => true });
      connection.attach({ onData() {}, onDrain() {}, onEnd() {}, onClose() { process.stdout.write('closed'); } });
      connection.end();`;
    const startMs = performance.now();
    const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let told = '';
    child.stdout.on('data', (chunk) => {
      told += String(chunk);
    });
    const [code] = await once(child, 'close');
    assert.deepEqual([code, told], [0, 'closed']);
    assert.ok(performance.now() - startMs < 20_000, 'it did not wait for the idle time-out');
    await server.close();
  });

  it('rejects with ETIMEDOUT when nobody answers', async () => {
    const listener = await listenUdp(loopback, () => {});
    await listener.close();
    const settings = { handshakeTimeoutMs: 50 };
    const dialing = dialUdp({ host: '127.0.0.1', port: listener.port, isTrusted, settings });
    await assert.rejects(dialing, { code: 'ETIMEDOUT' });
  });

  it('rejects with ECONNREFUSED, long before its time is over, when the port is closed', async () => {
    const listener = await listenUdp(loopback, () => {});
    await listener.closeAll();
    const dialing = dialUdp({ host: '127.0.0.1', port: listener.port, isTrusted });
    await assert.rejects(dialing, { code: 'ECONNREFUSED' });
  });

  it('finds a server in whichever form its address is written', async () => {
    let accepted = 0;
    const listener = await listenUdp({ ...loopback, host: '::' }, (connection) => {
      new Observed(connection);
      accepted++;
    });
    for (const host of ['::1', '0:0:0:0:0:0:0:1', '0::0001', '::ffff:127.0.0.1', '127.1', 'localhost']) {
      (await dialUdp({ host, port: listener.port, isTrusted })).destroy();
    }
    while (accepted < 6) await new Promise((resolve) => setImmediate(resolve));
    await listener.closeAll();
  });

  it('waits for a decision that takes its time, and rejects with its reason', async () => {
    const listener = await listenUdp(loopback, (connection) => void new Observed(connection));
    const address = { host: '127.0.0.1', port: listener.port };
    const asked: Uint8Array[] = [];
    const connection = await dialUdp({
      ...address,
      async isTrusted(key) {
        asked.push(key);
        await new Promise((resolve) => setImmediate(resolve));
        return true;
      },
    });
    assert.deepEqual(asked, [listener.publicKey]);
    connection.destroy();
    const reason = new Error('not that one');
    await assert.rejects(dialUdp({ ...address, isTrusted: () => Promise.reject(reason) }), reason);
    await assert.rejects(dialUdp({ ...address, isTrusted: async () => false }), { code: 'EKEYREJECTED' });
    await listener.closeAll();
  });

  it('rejects when the key is not trusted', async () => {
    const listener = await listenUdp(loopback, () => assert.fail('nobody comes in'));
    const dialing = dialUdp({ host: '127.0.0.1', port: listener.port, isTrusted: () => false });
    await assert.rejects(dialing, { code: 'EKEYREJECTED' });
    await listener.close();
  });

  it('rejects with the reason of an abort, before and while it connects', async () => {
    const listener = await listenUdp(loopback, () => {});
    await listener.close();
    const reason = new Error('enough');
    const options = { host: '127.0.0.1', port: listener.port, isTrusted };
    await assert.rejects(dialUdp(options, AbortSignal.abort(reason)), reason);
    const controller = new AbortController();
    const dialing = dialUdp(options, controller.signal);
    setImmediate(() => controller.abort(reason));
    await assert.rejects(dialing, reason);
  });

  it('makes connections that know their peer and that nobody listens in', async () => {
    const [dialed, accepted, cleanup] = await openPair();
    for (const connection of [dialed, accepted]) {
      assert.equal(connection.remoteAddress, '127.0.0.1');
      assert.deepEqual([connection.isLoopback, connection.isEncrypted], [true, true]);
    }
    const ends = [new Observed(dialed), new Observed(accepted)];
    for (const { connection } of ends) connection.destroy();
    await Promise.all(ends.map((end) => end.closed()));
    await cleanup();
  });
});
