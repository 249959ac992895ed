import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import type { TraceEvent } from '../../src/transport/udp/trace/events.ts';
import { pattern } from '../support/observed-connection.ts';
import { acceptedOne, open, pass, path, Seen } from './open-association.ts';
import { Simulation } from './simulation.ts';
import { watchedRun } from './watched-run.ts';

/** An open association whose client's events are kept. */
function watched(options: Parameters<typeof open>[0] = {}) {
  const events: TraceEvent[] = [];
  const opened = open({ ...options, trace: (_nowMs, event) => void events.push(event) });
  const of = <Kind extends TraceEvent['kind']>(kind: Kind) =>
    events.filter((event): event is Extract<TraceEvent, { kind: Kind }> => event.kind === kind);
  return { ...opened, events, of };
}

describe('a trace', () => {
  it('of a fixed conversation is this one', () => {
    const expected = readFileSync(new URL('trace.txt', import.meta.url), 'utf8');
    assert.equal(`${watchedRun().join('\n')}\n`, expected, 'npx node tests/udp/watched-run.ts makes it anew');
  });

  it('changes nothing of what happens', () => {
    const run = (trace?: () => void): unknown[] => {
      const { simulation, accepted } = open({ toServer: { ...path, loss: 0.1 }, ...(trace && { trace }) });
      new Seen(simulation.client.openStream()).stream.write(pattern(500_000));
      const server = acceptedOne(simulation, accepted);
      pass(simulation, 20_000, () => server.length === 500_000);
      return [simulation.nowMs, simulation.toServer.datagrams, simulation.toServer.sentBytes];
    };
    assert.deepEqual(
      run(() => {}),
      run(),
    );
  });

  it('has every packet that leaves and arrives, with its number and size', () => {
    const { simulation, accepted, of } = watched({ toServer: { ...path, loss: 0.1 } });
    const before = of('packet').filter(({ direction }) => direction === 'out').length;
    const sent: number[] = [];
    simulation.toServer.spy = (bytes) => void sent.push(bytes.length);
    new Seen(simulation.client.openStream()).stream.write(pattern(100_000));
    const server = acceptedOne(simulation, accepted);
    pass(simulation, 5000, () => server.length === 100_000);
    const out = of('packet').filter(({ direction }) => direction === 'out');
    assert.ok(sent.length > 70);
    assert.deepEqual(
      out.slice(before).map(({ bytes }) => bytes),
      sent,
    );
    const numbers = out.map(({ number }) => number);
    assert.equal(new Set(numbers).size, numbers.length, 'no number is used twice');
  });

  it('says what is lost and why, and what is sent again', () => {
    const { simulation, accepted, events, of } = watched({ toServer: { ...path, loss: 0.1 } });
    new Seen(simulation.client.openStream()).stream.write(pattern(5_000_000));
    const server = acceptedOne(simulation, accepted);
    pass(simulation, 20_000, () => server.length === 5_000_000);
    pass(simulation, 1000);
    assert.ok(of('lost').some(({ why }) => why === 'overtaken'));
    assert.ok(of('lost').some(({ why }) => why === 'overdue'));
    const statistics = simulation.client.association?.statistics;
    assert.equal(of('lost').length - of('late').length, statistics?.lostPackets);
    const again = events.filter(
      (event) =>
        event.kind === 'packet' && event.frames.some((frame) => frame.type === 'stream' && frame.isAgain),
    );
    assert.ok(again.length >= of('lost').length / 2);
    assert.ok((statistics?.bytesSentAgain ?? 0) > 0);
    assert.ok(of('phase').some(({ phase }) => phase === 'cycle'));
    assert.ok(of('rate').some(({ loss }) => loss > 0));
  });

  it('says when nothing comes back, and that the path is forgotten then', () => {
    const { simulation, of } = watched();
    simulation.toServer.darkUntilMs = simulation.nowMs + 3000;
    new Seen(simulation.client.openStream()).stream.write(pattern(1000));
    pass(simulation, 3000);
    assert.deepEqual(
      of('silence')
        .slice(0, 3)
        .map(({ count, isRestart }) => [count, isRestart]),
      [
        [1, false],
        [2, false],
        [3, true],
      ],
    );
    assert.ok(of('lost').some(({ why }) => why === 'silence'));
  });

  it('has the cookie, the new keys, and the larger datagrams', () => {
    const { simulation, accepted, of } = watched({
      server: { hellosPerSecond: 0, packetsPerKey: 20 },
      client: { packetsPerKey: 20 },
      toServer: { ...path, mtu: 1420 },
    });
    new Seen(simulation.client.openStream()).stream.write(pattern(300_000));
    const server = acceptedOne(simulation, accepted);
    server.stream.write(pattern(300_000));
    pass(simulation, 3000);
    assert.deepEqual(
      of('hello').map(({ hasCookie }) => hasCookie),
      [false, true],
    );
    assert.deepEqual([of('retry').length, of('accept').length, of('open').length], [1, 1, 1]);
    assert.deepEqual([...(of('accept')[0]?.serverKey ?? [])], [...simulation.identity.publicKey]);
    assert.ok(of('key').some(({ direction }) => direction === 'out'));
    assert.ok(of('key').some(({ direction }) => direction === 'in'));
    assert.deepEqual(
      of('datagram-size').map(({ bytes }) => bytes),
      [1200, 1412],
    );
  });

  it('ends with why nothing came of it', () => {
    const events: TraceEvent[] = [];
    const simulation = new Simulation({
      ...{ seed: 1, toServer: path, toClient: path, isTrusted: () => false },
      trace: (_nowMs, event) => void events.push(event),
    });
    simulation.run(2000);
    assert.deepEqual(
      events.map(({ kind }) => kind),
      ['hello', 'accept', 'gone'],
    );
  });

  it('tells that the server has forgotten the association, and its end after that', () => {
    const { simulation, events } = watched();
    const { stream } = new Seen(simulation.client.openStream());
    pass(simulation, 1000);
    simulation.server = simulation.makeServer();
    const before = events.length;
    stream.write(pattern(10));
    pass(simulation, 1000);
    const kinds = events.slice(before).map(({ kind }) => kind);
    assert.deepEqual([kinds[0], ...kinds.slice(-2)], ['packet', 'reset', 'gone']);
    assert.ok(!kinds.includes('ignored'));
  });

  it('ends with why it ends', () => {
    const { simulation, of } = watched();
    simulation.toClient.darkUntilMs = Infinity;
    new Seen(simulation.client.openStream()).stream.write(pattern(10));
    pass(simulation, 60_000);
    assert.match(String(of('gone')[0]?.error), /ETIMEDOUT/);
  });
});

describe('the statistics of an association', () => {
  it('are those of the path', () => {
    const loss = 0.1;
    // A queue without bound, so that all loss is the path's own.
    const bad = { ...path, queueBytes: Infinity, loss };
    const { simulation, accepted } = open({ toServer: bad, toClient: bad });
    const client = new Seen(simulation.client.openStream());
    client.stream.write(pattern(3_000_000));
    const server = acceptedOne(simulation, accepted);
    server.stream.write(pattern(3_000_000));
    assert.ok(pass(simulation, 20_000, () => server.length + client.length === 6_000_000));
    const found = simulation.client.association?.statistics;
    assert.ok(found);
    const isNear = (value: number, expected: number): boolean => Math.abs(value / expected - 1) < 0.25;
    assert.ok(isNear(found.lostPackets / found.resolvedPackets, loss), `${found.lostPackets} lost`);
    const sent = found.missingPackets + found.receivedPackets;
    assert.ok(isNear(found.missingPackets / sent, loss), `${found.missingPackets} missing`);
    assert.ok(isNear(found.bytesSentAgain, (loss / (1 - loss)) * 3_000_000), `${found.bytesSentAgain} again`);
    assert.ok(isNear(found.rate, path.rate * (1 - loss)), `${found.rate} bytes/ms`);
    assert.ok((found.leastRoundTripMs ?? 0) >= 40 && found.roundTripMs >= (found.leastRoundTripMs ?? 0));
    assert.equal(found.datagramBytes, 1472);
    assert.equal(found.sentBytes, simulation.toServer.sentBytes - 1200);
  });
});
