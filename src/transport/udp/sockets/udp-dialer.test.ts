import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { describe, it } from 'node:test';
import { Observed, pattern } from '../../../../tests/support/observed-connection.ts';
import { UdpDialer } from './dial-udp.ts';
import { listenUdp } from './listen-udp.ts';
import { UdpLens } from './udp-lens.ts';

const loopback = { host: '127.0.0.1', port: 0, secret: new Uint8Array(32).fill(3) };
const isTrusted = (): boolean => true;

describe('UdpDialer', () => {
  it('gives connections of one association, and a new one after that has ended', async () => {
    const accepted: Observed[] = [];
    const listener = await listenUdp(loopback, (connection) => void accepted.push(new Observed(connection)));
    const lens = new UdpLens();
    const dialer = new UdpDialer({}, lens);
    const address = { host: '127.0.0.1', port: listener.port, isTrusted };
    for (let round = 0; round < 2; round++) {
      const dialed = await Promise.all([1, 2, 3].map(async () => new Observed(await dialer.dial(address))));
      for (const [i, { connection }] of dialed.entries()) {
        connection.write(pattern(1000 * (i + 1)));
        connection.end();
      }
      const servers = (): Observed[] => accepted.slice(3 * round);
      while (servers().length < 3) await new Promise((resolve) => setImmediate(resolve));
      await Promise.all(servers().map((end) => end.until(() => end.ends > 0)));
      assert.deepEqual(
        servers().map(({ received }) => received),
        [1000, 2000, 3000],
      );
      const [statistics, ...others] = lens.statistics;
      assert.deepEqual([others.length, (statistics?.sentBytes ?? 0) > 6000], [0, true]);
      for (const { connection } of servers()) connection.end();
      await Promise.all([...dialed, ...servers()].map((end) => end.closed()));
      assert.deepEqual(lens.statistics, []);
    }
    await listener.close();
  });

  it('opens another association when the last connection of one ends while it waits', async () => {
    const accepted: Observed[] = [];
    const listener = await listenUdp(loopback, (connection) => void accepted.push(new Observed(connection)));
    const dialer = new UdpDialer();
    const address = { host: '127.0.0.1', port: listener.port, isTrusted };
    for (let round = 0; round < 20; round++) {
      const first = new Observed(await dialer.dial(address));
      first.connection.destroy();
      const closing = first.closed();
      // Any number of turns after it: the association may be open, closing or gone.
      for (let turn = 0; turn < round; turn++) await new Promise((resolve) => setImmediate(resolve));
      const next = new Observed(await dialer.dial(address));
      next.connection.write(Buffer.from(`round ${round}`));
      next.connection.end();
      const text = `round ${round}`;
      while (!accepted.some(({ bytes }) => bytes.toString() === text)) {
        await new Promise((resolve) => setImmediate(resolve));
      }
      for (const { connection } of accepted.splice(0)) connection.end();
      await Promise.all([closing, next.closed()]);
    }
    await listener.close();
  });

  it('opens another association when one has as many connections as it may', async () => {
    let accepted = 0;
    const listener = await listenUdp({ ...loopback, settings: { maxStreams: 2 } }, (connection) => {
      new Observed(connection);
      accepted++;
    });
    const dialer = new UdpDialer({ maxStreams: 2 });
    const address = { host: '127.0.0.1', port: listener.port, isTrusted };
    const dialed = await Promise.all(Array.from({ length: 7 }, () => dialer.dial(address)));
    while (accepted < 7) await new Promise((resolve) => setImmediate(resolve));
    for (const connection of dialed) connection.destroy();
    await listener.closeAll();
  });

  it('shares an association only among those who mean the same server', async () => {
    const accepted: Observed[] = [];
    const listener = await listenUdp(loopback, (connection) => void accepted.push(new Observed(connection)));
    const dialer = new UdpDialer();
    let asked = 0;
    const address = { host: '127.0.0.1', port: listener.port, isTrusted: () => ++asked > 0 };
    for (const meant of ['one', 'one', 'other']) (await dialer.dial(address, undefined, meant)).destroy();
    assert.equal(asked, 2);
    while (accepted.length < 3) await new Promise((resolve) => setImmediate(resolve));
    await listener.closeAll();
  });

  it('gives up an association that nobody waits for any more, and keeps no process alive for it', async () => {
    const silent = createSocket('udp4').bind(0, '127.0.0.1');
    await once(silent, 'listening');
    const script = `
      import { UdpDialer } from ${JSON.stringify(path.join(import.meta.dirname, 'dial-udp.ts'))};
      const dialer = new UdpDialer();
      const address = { host: '127.0.0.1', port: ${silent.address().port}, isTrusted: () => true };
      const leaving = new AbortController();
      const dials = [0, 1].map(() => dialer.dial(address, leaving.signal));
      leaving.abort(new Error('leaving'));
      const ends = await Promise.allSettled(dials);
      process.stdout.write(ends.map(({ reason }) => reason.message).join());`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const ended = once(child, 'close');
    const told = text(child.stdout);
    // Its HELLO would be repeated for ten seconds.
    assert.deepEqual(await Promise.race([ended, once(silent, 'message').then(() => 'tried')]), [0, null]);
    assert.equal(await told, 'leaving,leaving');
    silent.close();
  });

  it('goes on for those who still wait when others give up', async () => {
    const accepted: Observed[] = [];
    const listener = await listenUdp(loopback, (connection) => void accepted.push(new Observed(connection)));
    const dialer = new UdpDialer();
    const address = { host: '127.0.0.1', port: listener.port, isTrusted };
    const leaving = new AbortController();
    const given = dialer.dial(address, leaving.signal);
    const kept = dialer.dial(address);
    leaving.abort(new Error('leaving'));
    await assert.rejects(given, /leaving/);
    const connection = await kept;
    while (accepted.length < 1) await new Promise((resolve) => setImmediate(resolve));
    connection.destroy();
    await listener.closeAll();
  });

  it('rejects each of those who wait when nobody answers, and tries anew for the next one', async () => {
    const dialer = new UdpDialer({ handshakeTimeoutMs: 50 });
    const gone = await listenUdp(loopback, () => {});
    await gone.close();
    const address = { host: '127.0.0.1', port: gone.port, isTrusted };
    await Promise.all([1, 2].map(() => assert.rejects(dialer.dial(address), { code: 'ETIMEDOUT' })));
    await assert.rejects(dialer.dial(address), { code: 'ETIMEDOUT' });
  });
});
