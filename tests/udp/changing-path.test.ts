import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { pattern } from '../support/observed-connection.ts';
import { acceptedOne, open, pass, path, Seen } from './open-association.ts';
import type { Simulation } from './simulation.ts';

describe('the size of datagrams', () => {
  const sizeOf = (simulation: Simulation) => simulation.client.association?.figures.datagramBytes;

  it('becomes the largest that the path takes', () => {
    for (const [mtu, found] of [
      [1500, 1472],
      [1460, 1452],
      [1400, 1372],
      [1250, 1200],
    ] as const) {
      const { simulation } = open({ toServer: { ...path, mtu } });
      new Seen(simulation.client.openStream()).stream.write(pattern(300_000));
      pass(simulation, 3000);
      assert.equal(sizeOf(simulation), found, `on a path that takes ${mtu}`);
    }
  });

  it('goes back when large datagrams stop passing, and everything arrives', () => {
    const { simulation, accepted } = open();
    const client = new Seen(simulation.client.openStream());
    client.stream.write(pattern(3_000_000));
    const server = acceptedOne(simulation, accepted);
    pass(simulation, 200);
    assert.equal(sizeOf(simulation), 1472);
    simulation.toServer.options = { ...path, mtu: 1300 };
    assert.ok(pass(simulation, 6000, () => server.length === 3_000_000));
    assert.equal(sizeOf(simulation), 1200);
  });
});

describe('a client that moves', () => {
  it('is followed, at another port and at another host', () => {
    const { simulation, accepted } = open();
    const client = new Seen(simulation.client.openStream());
    const server = acceptedOne(simulation, accepted);
    for (const host of ['198.51.100.1', '203.0.113.9']) {
      simulation.clientHost = host;
      simulation.clientPort++;
      client.stream.write(Buffer.from('here'));
      pass(simulation, 200);
      server.stream.write(Buffer.from('found'));
      pass(simulation, 200);
      assert.equal(server.stream.remoteAddress, host);
    }
    assert.deepEqual([client.bytes.toString(), server.bytes.toString()], ['foundfound', 'herehere']);
  });

  it('is soon found on a path that loses a third, though it was silent when it moved', () => {
    const took = Array.from({ length: 100 }, (_, seed) => {
      const { simulation, accepted } = open({ seed });
      const client = new Seen(simulation.client.openStream());
      const server = acceptedOne(simulation, accepted);
      pass(simulation, 500);
      for (const link of [simulation.toServer, simulation.toClient]) link.options = { ...path, loss: 0.35 };
      simulation.clientPort++;
      const sinceMs = simulation.nowMs;
      server.stream.write(Buffer.from('there?'));
      assert.ok(
        pass(simulation, 30_000, () => client.length === 6),
        `seed ${seed}`,
      );
      return simulation.nowMs - sinceMs;
    }).sort((a, b) => a - b);
    assert.ok((took[95] ?? 0) < 3000, `${took[95]} ms for one in twenty`);
  });

  /** Somebody repeats the client's packets from an address of a third party, before they come from the client. */
  function flood(amplification: number): {
    sent: number;
    received: number;
    simulation: Simulation;
    client: Seen;
  } {
    const { simulation, accepted } = open({ server: { amplification } });
    const client = new Seen(simulation.client.openStream());
    const server = acceptedOne(simulation, accepted);
    pass(simulation, 200);
    const counts = { sent: 0, received: 0 };
    simulation.toOthers = (bytes) => {
      counts.sent += bytes.length;
    };
    simulation.toServer.options = { ...path, loss: 1 };
    simulation.toServer.spy = (bytes) => {
      if (counts.received > 0) return;
      counts.received += bytes.length;
      simulation.server.receive(bytes, '203.0.113.66', 9, simulation.nowMs);
    };
    client.stream.write(Buffer.from('x'));
    pass(simulation, 5);
    server.stream.write(pattern(2_000_000));
    pass(simulation, 3000);
    simulation.toServer.spy = undefined;
    simulation.toServer.options = path;
    return { ...counts, simulation, client };
  }

  it('is nobody who can make the server flood others, and gets its bytes all the same', () => {
    const { sent, received, simulation, client } = flood(3);
    assert.ok(received > 0 && sent > 0);
    assert.ok(sent <= 3 * received, `${sent} bytes for ${received}`);
    assert.ok(pass(simulation, 20_000, () => client.length === 2_000_000));
  });

  it('could without the bound', () => {
    const { sent, received } = flood(Infinity);
    assert.ok(sent > 3 * received, `${sent} bytes for ${received}`);
  });
});
