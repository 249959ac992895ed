import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { pattern } from '../support/observed-connection.ts';
import { acceptedOne, open, pass, Seen } from './open-association.ts';

describe('an association', () => {
  it('lets the server speak first on a stream', () => {
    const { simulation, accepted } = open();
    const client = new Seen(simulation.client.openStream());
    acceptedOne(simulation, accepted).stream.write(Buffer.from('welcome'));
    assert.ok(pass(simulation, 100, () => client.length === 7));
  });

  it('ends in order at both ends, and nothing more is sent', () => {
    const { simulation, accepted } = open();
    const client = new Seen(simulation.client.openStream());
    client.stream.write(Buffer.from('ask'));
    client.stream.end();
    const server = acceptedOne(simulation, accepted);
    pass(simulation, 100, () => server.ends === 1);
    server.stream.end();
    assert.ok(pass(simulation, 1000, () => client.closes.length + server.closes.length === 2));
    assert.deepEqual([client.closes, server.closes], [[undefined], [undefined]]);
    simulation.client.close();
    assert.ok(
      pass(simulation, 1000, () => simulation.clientGone.length === 1 && simulation.serverGone === 1),
    );
    assert.deepEqual(simulation.clientGone, [undefined]);
    const { datagrams } = simulation.toServer;
    pass(simulation, 60_000);
    assert.equal(simulation.toServer.datagrams, datagrams);
  });

  it('is ended by the server when it has had no stream for ten seconds', () => {
    const { simulation, accepted } = open();
    pass(simulation, 9000);
    const client = new Seen(simulation.client.openStream());
    const server = acceptedOne(simulation, accepted);
    pass(simulation, 60_000);
    assert.equal(simulation.serverGone, 0);
    for (const { stream } of [client, server]) stream.end();
    pass(simulation, 9000);
    assert.equal(simulation.serverGone, 0);
    assert.ok(pass(simulation, 2000, () => simulation.serverGone + simulation.clientGone.length === 2));
  });

  it('breaks streams off when it is closed before they are over', () => {
    const { simulation, accepted } = open();
    const client = new Seen(simulation.client.openStream());
    const server = acceptedOne(simulation, accepted);
    simulation.client.close();
    pass(simulation, 1000);
    assert.deepEqual(client.closes, [undefined]);
    assert.match(String(server.closes[0]), /ECONNRESET/);
  });

  it('hands on what arrived, also after the client has gone in order', () => {
    const { simulation, accepted } = open();
    const client = new Seen(simulation.client.openStream());
    const server = acceptedOne(simulation, accepted);
    server.stream.pause();
    client.stream.write(pattern(10_000));
    client.stream.end();
    server.stream.end();
    pass(simulation, 1000, () => client.closes.length > 0);
    simulation.client.close();
    pass(simulation, 1000);
    assert.deepEqual([server.length, server.closes], [0, []]);
    server.stream.resume();
    pass(simulation, 10);
    assert.equal(server.length, 10_000);
    assert.deepEqual([server.ends, server.closes], [1, [undefined]]);
  });

  it('is kept alive while it has streams, and ends after silence', () => {
    const { simulation, accepted } = open();
    const client = new Seen(simulation.client.openStream());
    const server = acceptedOne(simulation, accepted);
    pass(simulation, 200_000);
    assert.deepEqual([client.closes, server.closes], [[], []]);
    for (const link of [simulation.toServer, simulation.toClient]) link.darkUntilMs = Infinity;
    pass(simulation, 31_000);
    assert.match(String(client.closes[0]), /ETIMEDOUT/);
    assert.match(String(server.closes[0]), /ETIMEDOUT/);
    assert.equal(simulation.server.associationCount, 0);
  });

  it('ends at once when the server has forgotten it', () => {
    const { simulation, accepted } = open();
    const client = new Seen(simulation.client.openStream());
    acceptedOne(simulation, accepted);
    simulation.server = simulation.makeServer();
    client.stream.write(pattern(100));
    pass(simulation, 100);
    assert.match(String(client.closes[0]), /ECONNRESET.*forgotten/);
  });

  it('is not ended by a reset that somebody else makes', () => {
    const { simulation, accepted } = open();
    const client = new Seen(simulation.client.openStream());
    acceptedOne(simulation, accepted);
    for (let i = 0; i < 50; i++) {
      const forged = new Uint8Array(30 + i).map(() => Math.floor(simulation.random() * 256));
      forged[0] = 0x40;
      simulation.toClient.send(forged, simulation.nowMs);
    }
    pass(simulation, 1000);
    assert.deepEqual(client.closes, []);
  });

  it('changes keys while it is busy', () => {
    const { simulation, accepted } = open({ client: { packetsPerKey: 20 }, server: { packetsPerKey: 20 } });
    const client = new Seen(simulation.client.openStream());
    client.stream.write(pattern(500_000));
    const server = acceptedOne(simulation, accepted);
    assert.ok(pass(simulation, 2000, () => server.length === 500_000));
    assert.ok((simulation.client.association?.figures.keyPhase ?? 0) >= 3);
    assert.ok(server.bytes.equals(pattern(500_000)));
  });

  it('takes no packet twice', () => {
    const { simulation, accepted } = open();
    const client = new Seen(simulation.client.openStream());
    const server = acceptedOne(simulation, accepted);
    let copy: Uint8Array | undefined;
    simulation.toServer.spy = (bytes) => {
      copy ??= new Uint8Array(bytes);
    };
    client.stream.write(Buffer.from('once'));
    pass(simulation, 200);
    simulation.toServer.spy = undefined;
    const answers = simulation.toClient.datagrams;
    assert.ok(copy);
    for (let i = 0; i < 5; i++) simulation.toServer.send(copy, simulation.nowMs);
    pass(simulation, 500);
    assert.equal(server.bytes.toString(), 'once');
    assert.equal(simulation.toClient.datagrams, answers, 'nor answers it');
  });
});

describe('streams of one association', () => {
  it('do not wait for each other: a line passes files, and a reader that rests', () => {
    const { simulation, accepted } = open();
    const [line, file, other] = [1, 2, 3].map(() => new Seen(simulation.client.openStream()));
    assert.ok(line && file && other);
    pass(simulation, 100, () => accepted.length === 3);
    accepted[1]?.stream.pause();
    file.stream.write(pattern(3_000_000));
    other.stream.write(pattern(3_000_000));
    pass(simulation, 400);
    const saidMs = simulation.nowMs;
    line.stream.write(Buffer.from('hello'));
    assert.ok(pass(simulation, 500, () => accepted[0]?.length === 5));
    assert.ok(simulation.nowMs - saidMs < 70, `${simulation.nowMs - saidMs} ms`);
    assert.ok(pass(simulation, 5000, () => accepted[2]?.length === 3_000_000));
    assert.equal(accepted[1]?.length, 0);
  });

  it('are as many at once as the server allows; another one waits for its turn', () => {
    const { simulation, accepted } = open();
    const streams = Array.from({ length: 20 }, () => new Seen(simulation.client.openStream()));
    pass(simulation, 1000);
    assert.equal(accepted.length, 16);
    for (const { stream } of [...streams.slice(0, 10), ...accepted.slice(0, 10)]) stream.end();
    pass(simulation, 1000);
    assert.equal(accepted.length, 20);
  });

  it('take turns if there is much to send on each', () => {
    const { simulation, accepted } = open();
    for (let i = 0; i < 3; i++) new Seen(simulation.client.openStream()).stream.write(pattern(2_000_000));
    pass(simulation, 700);
    const shares = accepted.map(({ length }) => length);
    assert.ok(Math.min(...shares) > 0.7 * Math.max(...shares), shares.join(', '));
  });
});
