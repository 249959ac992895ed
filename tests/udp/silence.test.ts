import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { acceptedOne, open, pass, Seen } from './open-association.ts';
import type { Simulation, SimulationOptions } from './simulation.ts';

/** A client that only reads: the server has just said something. */
function reading(options: Partial<SimulationOptions> = {}): {
  simulation: Simulation;
  client: Seen;
  server: Seen;
} {
  const { simulation, accepted } = open(options);
  const client = new Seen(simulation.client.openStream());
  const server = acceptedOne(simulation, accepted);
  server.stream.write(Buffer.from('hello'));
  assert.ok(pass(simulation, 1000, () => client.length === 5));
  return { simulation, client, server };
}

/** How long a client takes to notice, in milliseconds, when something happens after so much quiet. */
function noticedAfter(quietMs: number, happens: (simulation: Simulation) => void): number {
  const { simulation, client } = reading();
  pass(simulation, quietMs);
  happens(simulation);
  const sinceMs = simulation.nowMs;
  assert.ok(pass(simulation, 60_000, () => client.closes.length > 0));
  assert.match(String(client.closes[0]), /ECONNRESET/);
  return simulation.nowMs - sinceMs;
}

const quiets = [200, 2500, 5000, 10_000, 60_000, 600_000];
/** Slack for the answer. */
const answerMs = 200;

describe('a client that only reads', () => {
  it('notices that the server was killed and started anew after about as long as it was quiet', () => {
    for (const quietMs of quiets) {
      const ms = noticedAfter(quietMs, (simulation) => {
        simulation.server = simulation.makeServer();
      });
      assert.ok(ms <= Math.min(1000 + quietMs, 20_000) + answerMs, `${ms} ms, after ${quietMs} ms`);
    }
  });

  it('notices that nobody listens any more after three seconds of being refused', () => {
    for (const quietMs of quiets) {
      const ms = noticedAfter(quietMs, (simulation) => {
        simulation.toServer.options = { ...simulation.toServer.options, loss: 1 };
        simulation.toServer.spy = () => {
          simulation.events.add(simulation.nowMs + 40, () => simulation.client.onRefused(simulation.nowMs));
        };
      });
      assert.ok(ms <= Math.min(1000 + quietMs, 20_000) + 4000 + answerMs, `${ms} ms, after ${quietMs} ms`);
    }
  });

  it('does not believe who says so while the server answers', () => {
    const { simulation, client, server } = reading();
    simulation.toServer.spy = () => simulation.client.onRefused(simulation.nowMs);
    for (let second = 0; second < 100; second++) {
      server.stream.write(Buffer.from('.'));
      pass(simulation, 1000);
    }
    pass(simulation, 100_000);
    assert.deepEqual([client.length, client.closes.length], [105, 0]);
  });

  it('is found again at another port after about as long as it was quiet', () => {
    for (const quietMs of quiets) {
      const { simulation, client, server } = reading();
      pass(simulation, quietMs);
      simulation.clientPort++;
      const sinceMs = simulation.nowMs;
      server.stream.write(Buffer.from('there?'));
      assert.ok(pass(simulation, 60_000, () => client.length === 11));
      const ms = simulation.nowMs - sinceMs;
      assert.ok(ms <= Math.min(1000 + quietMs, 20_000) + answerMs, `${ms} ms, after ${quietMs} ms`);
    }
  });

  it('asks at another time than others who heard the same', () => {
    const times = Array.from({ length: 40 }, (_, seed) => {
      const { simulation } = reading({ seed });
      pass(simulation, 500);
      const sinceMs = simulation.nowMs;
      const { datagrams } = simulation.toServer;
      assert.ok(pass(simulation, 1000, () => simulation.toServer.datagrams > datagrams));
      return Math.round(simulation.nowMs - sinceMs);
    });
    assert.ok(new Set(times).size >= 20, `${times}`);
    assert.ok(Math.max(...times) - Math.min(...times) >= 100, `${times}`);
  });

  it('asks rarely in the end, and the server never: some 200 small packets an hour', () => {
    const { simulation } = reading();
    pass(simulation, 60_000);
    const before = [simulation.toServer, simulation.toClient].map(({ datagrams }) => datagrams);
    pass(simulation, 3_600_000);
    const [asked = 0, answered = 0] = [simulation.toServer, simulation.toClient].map(
      ({ datagrams }, i) => datagrams - (before[i] ?? 0),
    );
    assert.ok(asked >= 179 && asked <= 226, `${asked} asked`);
    assert.ok(answered <= asked, `${answered} answered`);
  });
});
