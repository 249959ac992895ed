import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isProtected } from '../packets/packet-header.ts';
import { HelloRates } from './hello-rates.ts';
import { isReset, resetTokenFor, writeReset } from './stateless-reset.ts';

const secret = new Uint8Array(32).fill(1);
const id = new Uint8Array(8).fill(2);
const random = (bytes: Uint8Array): void => void bytes.fill(0x5a);

describe('a stateless reset', () => {
  it('looks like a packet, and is known by its token alone', () => {
    const reset = writeReset(secret, id, 1200, random);
    assert.ok(reset && isProtected(reset));
    assert.ok(isReset(reset, resetTokenFor(secret, id)));
    assert.ok(!isReset(reset, resetTokenFor(secret, new Uint8Array(8))));
    assert.ok(!isReset(reset, resetTokenFor(new Uint8Array(32), id)));
  });

  it('is shorter than what it answers, so that two ends do not answer each other for ever', () => {
    for (let length = 0; length < 200; length++) {
      const reset = writeReset(secret, id, length, random);
      assert.equal(reset !== undefined, length > 30);
      if (reset !== undefined) assert.ok(reset.length < length && isProtected(reset));
    }
  });
});

describe('HelloRates', () => {
  it('counts each address for a second', () => {
    const rates = new HelloRates(2, 1);
    const many = (host: string, nowMs: number) => [1, 2, 3].map(() => rates.isTooFast(host, nowMs));
    assert.deepEqual(many('192.0.2.1', 0), [false, false, true]);
    assert.deepEqual(many('192.0.2.2', 500), [false, false, true]);
    assert.deepEqual(many('192.0.2.1', 1000), [false, false, true]);
  });

  it('takes a network of IPv6 for one address', () => {
    const rates = new HelloRates(2, 1);
    const hosts = ['2001:db8::1', '2001:db8::2', '2001:db8::3'];
    assert.deepEqual(
      hosts.map((host) => rates.isTooFast(host, 0)),
      [false, false, true],
    );
  });
});
