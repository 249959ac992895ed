import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Observed, pattern } from '../../../../tests/support/observed-connection.ts';
import { randomFrom } from '../../../../tests/support/random.ts';
import { writeHeader } from '../packets/packet-header.ts';
import type { TraceEvent } from '../trace/events.ts';
import { dialUdp } from './dial-udp.ts';
import { Dropper } from './dropper.ts';
import { listenUdp } from './listen-udp.ts';
import { UdpLens } from './udp-lens.ts';

describe('a dropper', () => {
  it('throws away the share that it is told, the same for the same seed', () => {
    const run = (): boolean[] => {
      const dropper = new Dropper(0.2, randomFrom(4));
      return Array.from({ length: 10_000 }, () => dropper.drops('out', new Uint8Array(50), 0));
    };
    const dropped = run().filter(Boolean).length;
    assert.ok(dropped > 1900 && dropped < 2100, `${dropped}`);
    assert.deepEqual(run(), run());
  });

  it('tells which packet it was', () => {
    const events: TraceEvent[] = [];
    const dropper = new Dropper(
      0.5,
      () => 0.49,
      (_nowMs, event) => events.push(event),
    );
    const packet = new Uint8Array(50);
    writeHeader(packet, 0, new Uint8Array(8), 77);
    dropper.drops('out', packet, 0);
    dropper.drops('in', new Uint8Array(60).fill(0x62), 0);
    assert.deepEqual(events, [
      { kind: 'dropped', direction: 'out', bytes: 50, number: 77 },
      { kind: 'dropped', direction: 'in', bytes: 60, number: undefined },
    ]);
  });
});

describe('a connection that drops a fifth', () => {
  it('carries everything all the same, and the trace has what was dropped', async () => {
    const accepted: Observed[] = [];
    const listener = await listenUdp(
      { host: '127.0.0.1', port: 0, secret: new Uint8Array(32).fill(3) },
      (connection) => void accepted.push(new Observed(connection)),
    );
    const dropped = { in: 0, out: 0 };
    const lens = new UdpLens();
    lens.dropShare = 0.2;
    lens.dropRandom = randomFrom(987_654_321);
    lens.trace = (_nowMs, event) => {
      if (event.kind === 'dropped') dropped[event.direction]++;
    };
    const dialed = new Observed(
      await dialUdp({ host: '127.0.0.1', port: listener.port, isTrusted: () => true, lens }),
    );
    dialed.connection.write(pattern(4_000_000));
    dialed.connection.end();
    while (accepted.length < 1) await new Promise((resolve) => setImmediate(resolve));
    const [server] = accepted;
    assert.ok(server);
    await server.until(() => server.ends === 1);
    assert.deepEqual(server.bytes, Buffer.from(pattern(4_000_000)));
    assert.ok(dropped.in > 0 && dropped.out > 0, JSON.stringify(dropped));
    server.connection.end();
    await Promise.all([dialed.closed(), server.closed()]);
    await listener.close();
  });
});
