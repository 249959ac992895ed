import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { crc32 } from 'node:zlib';
import { ServerEndpoint } from '../../src/transport/udp/endpoints/server-endpoint.ts';
import { identityFrom } from '../../src/transport/udp/handshake/key-exchange.ts';
import { kinds, writeHello } from '../../src/transport/udp/handshake/messages.ts';
import { defaultSettings, type Random } from '../../src/transport/udp/settings.ts';
import { randomFrom } from '../support/random.ts';
import { Simulation, type SimulationOptions } from './simulation.ts';

const path = { delayMs: 20 };

function simulate(options: Partial<SimulationOptions> = {}): Simulation {
  return new Simulation({ seed: 1, toServer: path, toClient: path, ...options });
}

/** A server of its own, what it sends, and HELLOs of strangers that never say anything else. */
function besieged(settings = {}) {
  const numbers = randomFrom(9);
  const random: Random = (bytes) => {
    for (let i = 0; i < bytes.length; i++) bytes[i] = Math.floor(numbers() * 256);
  };
  const sent = { packets: 0, bytes: 0, kinds: new Set<number | undefined>() };
  const server = new ServerEndpoint({
    settings: { ...defaultSettings, ...settings },
    random,
    identity: identityFrom(new Uint8Array(32).fill(1)),
    nowMs: 0,
    transmit: (bytes) => {
      sent.packets++;
      sent.bytes += bytes.length;
      sent.kinds.add(bytes[0]);
    },
    events: { onStream: () => assert.fail('nobody opened a stream'), onGone() {}, onWork() {} },
  });
  const hello = (): Uint8Array => {
    const connectionId = new Uint8Array(8);
    const publicKey = new Uint8Array(32);
    random(connectionId);
    random(publicKey);
    return writeHello({ connectionId, token: new Uint8Array(0), publicKey, idleTimeoutMs: 30_000 });
  };
  return { server, sent, hello };
}

describe('HELLOs of very many addresses', () => {
  it('are looked at by the thousand, not all: those beyond get no answer', () => {
    const { server, sent, hello } = besieged();
    for (let i = 0; i < 5000; i++) server.receive(hello(), `10.0.${i >> 8}.${i & 0xff}`, 1, 5);
    assert.equal(sent.packets, defaultSettings.hellosAtOnce);
    assert.equal(server.counts.tooMany, 5000 - defaultSettings.hellosAtOnce);
    for (let i = 0; i < 5000; i++) server.receive(hello(), `10.1.${i >> 8}.${i & 0xff}`, 1, 30);
    assert.equal(sent.packets, defaultSettings.hellosAtOnce + 25 * (defaultSettings.hellosInAll / 1000));
  });

  it('do not keep somebody new out for long', () => {
    const { hello } = besieged();
    const hellos = Array.from({ length: 500 }, hello);
    const took = Array.from({ length: 20 }, (_, seed) => {
      const server = { hellosInAll: 800, hellosAtOnce: 40 };
      const simulation = simulate({ seed, toServer: { delayMs: 20, jitterMs: 5 }, server });
      const startMs = simulation.nowMs;
      for (let i = 0; i < 15_000; i++) {
        const bytes = hellos[i % hellos.length] ?? new Uint8Array();
        simulation.events.add(startMs + simulation.random() * 5000, () => {
          simulation.server.receive(bytes, `10.0.${i >> 8}.${i & 0xff}`, 1, simulation.nowMs);
        });
      }
      simulation.run(startMs + 5000, () => simulation.openedMs.length > 0);
      return simulation.nowMs - startMs;
    }).sort((a, b) => a - b);
    assert.ok(
      (took[10] ?? 0) < 1500,
      `${took[10]} ms for one in two, among three times as many HELLOs as are looked at`,
    );
  });
});

it('one address that floods does not keep others out', () => {
  const { hello } = besieged();
  const hellos = Array.from({ length: 500 }, hello);
  for (let seed = 0; seed < 10; seed++) {
    const server = { hellosFromOne: 100, hellosInAll: 800, hellosAtOnce: 150 };
    const simulation = simulate({ seed, toServer: { delayMs: 20, jitterMs: 5 }, server });
    const startMs = simulation.nowMs;
    for (let i = 0; i < 16_000; i++) {
      const bytes = hellos[i % hellos.length] ?? new Uint8Array();
      simulation.events.add(startMs + simulation.random() * 2000, () => {
        simulation.server.receive(bytes, '10.0.0.1', i, simulation.nowMs);
      });
    }
    assert.ok(
      simulation.run(startMs + 200, () => simulation.openedMs.length > 0),
      `nobody else gets in with seed ${seed}`,
    );
  }
});

describe('the handshake', () => {
  it('takes one round trip, and both ends then know the same secret', () => {
    const simulation = simulate();
    assert.ok(simulation.run(2000, () => simulation.openedMs.length > 0));
    assert.equal(simulation.openedMs[0], 1040);
    assert.equal(simulation.client.exporter.length, 32);
    assert.ok(simulation.run(2000, () => simulation.server.associationCount === 1));
  });

  it('takes one more when the server demands a cookie', () => {
    const simulation = simulate({ server: { hellosPerSecond: 0 } });
    assert.ok(simulation.run(2000, () => simulation.openedMs.length > 0));
    assert.equal(simulation.openedMs[0], 1080);
    assert.ok(simulation.run(2000, () => simulation.server.associationCount === 1));
  });

  it('ends when the server has another key than the one that is meant, and sends it nothing more', () => {
    const simulation = simulate({ isTrusted: () => false });
    simulation.run(5000);
    assert.match(String(simulation.clientGone[0]), /EKEYREJECTED/);
    assert.deepEqual([simulation.openedMs.length, simulation.server.associationCount], [0, 0]);
    assert.equal(simulation.toServer.datagrams, 1);
  });

  it('asks whether it trusts the key that the server has signed with', () => {
    const asked: Uint8Array[] = [];
    const simulation: Simulation = simulate({
      isTrusted: (key) => {
        asked.push(key);
        return true;
      },
    });
    simulation.run(2000);
    assert.deepEqual(asked, [simulation.identity.publicKey]);
  });

  it('gives up after the time for it, having tried again and again', () => {
    const simulation = simulate({ toServer: { delayMs: 20, loss: 1 } });
    simulation.run(20_000);
    assert.match(String(simulation.clientGone[0]), /ETIMEDOUT/);
    assert.ok(simulation.toServer.datagrams >= 10 && simulation.toServer.datagrams < 15);
  });

  it('ends at once when the server speaks another version only', () => {
    const simulation = simulate();
    simulation.toServer.spy = (hello) => {
      // Only who sees the HELLO knows the id that makes the client believe the answer.
      const versions = new Uint8Array(1 + 8 + 4 + 4);
      versions[0] = kinds.version;
      versions.set(hello.subarray(5, 13), 1);
      versions[12] = 9;
      new DataView(versions.buffer).setUint32(13, crc32(versions.subarray(0, 13)));
      simulation.toClient.send(versions, simulation.nowMs);
    };
    simulation.run(1030);
    assert.match(String(simulation.clientGone[0]), /EPROTO.*version/);
  });
});

describe('a server among strangers', () => {
  it('keeps no more than some handshakes, whoever says HELLO, and none for long', () => {
    const { server, sent, hello } = besieged();
    for (let i = 0; i < 2000; i++) server.receive(hello(), `192.0.2.${i % 250}`, 1000 + i, 100 + i / 100);
    assert.equal(server.unfinishedCount, 64);
    assert.equal(server.associationCount, 0);
    assert.ok(sent.bytes < 2000 * 1200, 'less than it got');
    server.receive(hello(), '192.0.2.1', 1, 11_000);
    assert.equal(server.unfinishedCount, 1);
  });

  it('would keep one for each without cookies', () => {
    const { server, hello } = besieged({ maxUnfinished: 1e9, hellosPerSecond: 1e9 });
    for (let i = 0; i < 200; i++) server.receive(hello(), '192.0.2.1', 1000 + i, 100);
    assert.equal(server.unfinishedCount, 200);
  });

  it('demands a cookie of an address that says HELLO often, and not of another one', () => {
    const { server, sent, hello } = besieged();
    for (let i = 0; i < 11; i++) server.receive(hello(), '192.0.2.1', 1000 + i, 100);
    assert.deepEqual([sent.kinds.has(kinds.retry), server.unfinishedCount], [true, 10]);
    sent.kinds.clear();
    server.receive(hello(), '192.0.2.2', 1000, 100);
    assert.deepEqual([...sent.kinds], [kinds.accept]);
  });

  it('answers the same HELLO with the same ACCEPT, and keeps it once', () => {
    const { server, sent, hello } = besieged();
    const same = hello();
    for (let i = 0; i < 5; i++) server.receive(same, '192.0.2.1', 1000, 100 + i);
    assert.deepEqual([sent.packets, server.unfinishedCount], [5, 1]);
    assert.ok(sent.bytes <= 3 * 5 * same.length);
  });

  it('says which versions it speaks to one that speaks another, and keeps nothing', () => {
    const { server, sent, hello } = besieged();
    const other = hello();
    other[4] = 9;
    new DataView(other.buffer).setUint32(1196, crc32(other.subarray(0, 1196)));
    server.receive(other, '192.0.2.1', 1000, 100);
    assert.deepEqual([[...sent.kinds], server.unfinishedCount], [[kinds.version], 0]);
  });

  it('survives any bytes, and answers none of them with more', () => {
    const { server, sent } = besieged();
    const random = randomFrom(4);
    let received = 0;
    for (let i = 0; i < 20_000; i++) {
      const bytes = new Uint8Array(Math.floor(random() * 100)).map(() => Math.floor(random() * 256));
      if (random() < 0.7) bytes[0] = [0x40, 0x44, 0x60, 0x61, 0x62, 0x63][Math.floor(random() * 6)] ?? 0;
      received += bytes.length;
      server.receive(bytes, '192.0.2.1', i, i);
    }
    assert.deepEqual([server.associationCount, server.unfinishedCount], [0, 0]);
    assert.ok(sent.bytes < received);
  });
});
