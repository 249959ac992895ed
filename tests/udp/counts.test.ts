import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { UdpCounts } from '../../src/transport/udp/counts.ts';
import { pattern } from '../support/observed-connection.ts';
import { acceptedOne, open, pass, path, Seen } from './open-association.ts';

describe('what a server counts', () => {
  it('is what left and arrived, what was lost, and what was sent again', () => {
    const { simulation, accepted } = open({ toClient: { ...path, loss: 0.1 } });
    const before = { server: simulation.toClient.datagrams, client: simulation.toServer.datagrams };
    new Seen(simulation.client.openStream());
    acceptedOne(simulation, accepted).stream.write(pattern(1_000_000));
    pass(simulation, 5000);
    const { counts } = simulation.server;
    assert.equal(counts.associations, 1);
    assert.equal(counts.sentPackets, simulation.toClient.datagrams - before.server);
    // The first packet of the client left while the association was being opened.
    assert.equal(counts.receivedPackets, simulation.toServer.datagrams - before.client + 1);
    const loss = counts.lostPackets / counts.sentPackets;
    assert.ok(loss > 0.08 && loss < 0.12, `${loss} lost`);
    assert.ok(counts.bytesSentAgain > 80_000, `${counts.bytesSentAgain} bytes again`);
    assert.deepEqual([counts.hellos, counts.retries, counts.handshakes], [1, 0, 1]);
  });

  it('stays when associations are gone', () => {
    const { simulation, accepted } = open();
    const client = new Seen(simulation.client.openStream());
    client.stream.write(pattern(10_000));
    acceptedOne(simulation, accepted);
    pass(simulation, 1000);
    const before = simulation.server.counts;
    simulation.client.close();
    pass(simulation, 1000, () => simulation.serverGone === 1);
    const after = simulation.server.counts;
    assert.equal(after.associations, 0);
    for (const [name, count] of Object.entries(before) as [keyof UdpCounts, number][])
      assert.ok(name === 'associations' || after[name] >= count, name);
    assert.ok(after.receivedPackets > before.receivedPackets, 'the CLOSE counts too');
  });

  it('has the reason of everything that was dropped', () => {
    const { simulation, accepted } = open();
    let copy = new Uint8Array();
    simulation.toServer.spy = (bytes) => {
      copy = new Uint8Array(bytes);
    };
    new Seen(simulation.client.openStream()).stream.write(pattern(100));
    acceptedOne(simulation, accepted);
    pass(simulation, 200);
    const send = (bytes: Uint8Array): void =>
      simulation.server.receive(bytes, '203.0.113.5', 99, simulation.nowMs);
    const changed = (at: number): Uint8Array => copy.map((byte, i) => (i === at ? byte ^ 1 : byte));
    send(copy);
    send(changed(copy.length - 1).map((byte, i) => (i === 12 ? (byte + 1) & 0xff : byte)));
    send(changed(1));
    for (const bytes of [new Uint8Array(), Uint8Array.of(0x16, 3, 1), new Uint8Array(1200).fill(0x60)])
      send(bytes);
    const { repeated, unsealed, unknown, malformed, resets } = simulation.server.counts;
    assert.deepEqual([repeated, unsealed, unknown, malformed, resets], [1, 1, 1, 3, 1]);
  });
});
