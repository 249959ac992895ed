import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { UdpSettings } from '../../src/transport/udp/settings.ts';
import { pattern } from '../support/observed-connection.ts';
import { acceptedOne, open, pass, Seen } from './open-association.ts';

/**
 * The client's frames of credit, while it reads 150 kB of the server's: the limit of each and when it left. From the first
 * one on, the way to the server is dark for `darkMs`.
 */
function creditOf(client: Partial<UdpSettings> = {}, darkMs = 0): { limit: number; atMs: number }[] {
  const told: { limit: number; atMs: number }[] = [];
  let losses = 0;
  const { simulation, accepted } = open({
    client,
    trace: (atMs, event) => {
      if (event.kind === 'lost') losses++;
      if (event.kind !== 'packet' || event.direction !== 'out') return;
      for (const frame of event.frames) {
        if (frame.type !== 'max-stream') continue;
        if (told.length === 0) simulation.toServer.darkUntilMs = atMs + darkMs;
        told.push({ limit: frame.offset, atMs });
      }
    },
  });
  const reader = new Seen(simulation.client.openStream());
  acceptedOne(simulation, accepted).stream.write(pattern(150_000));
  assert.ok(pass(simulation, 5000, () => reader.length === 150_000));
  pass(simulation, 1000);
  assert.equal(losses > 0, darkMs > 0);
  return told;
}

describe('a frame of credit', () => {
  it('leaves once more after a tail delay, where packets may be lost', () => {
    const [first, copy, next] = creditOf();
    assert.ok(first && copy);
    assert.equal(copy.limit, first.limit);
    assert.ok(copy.atMs > first.atMs && copy.atMs <= first.atMs + 10, `after ${copy.atMs - first.atMs} ms`);
    assert.ok(next === undefined || next.limit > first.limit, 'and only once');
  });

  it('that is lost is not told anew when its copy has arrived', () => {
    const told = creditOf({}, 1);
    assert.equal(told.length, 2);
    assert.equal(told[0]?.limit, told[1]?.limit);
  });

  it('that is lost with its copy is told anew', () => {
    const told = creditOf({}, 15);
    assert.ok(told.length > 2);
    assert.ok((told[2]?.limit ?? 0) >= (told[0]?.limit ?? 0));
  });

  it('leaves once where that is switched off', () => {
    const told = creditOf({ tailCopies: 0 });
    assert.ok(told.length > 0);
    assert.equal(new Set(told.map(({ limit }) => limit)).size, told.length);
  });

  it('leaves once where it is known that no packets are lost', () => {
    const told = creditOf({ copyLossKnownAfter: 0 });
    assert.ok(told.length > 0);
    assert.equal(new Set(told.map(({ limit }) => limit)).size, told.length);
  });
});
