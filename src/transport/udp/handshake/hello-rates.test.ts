import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { HelloRates } from './hello-rates.ts';

describe('HelloRates', () => {
  it('counts each address for a second', () => {
    const rates = new HelloRates(1);
    const many = (host: string, nowMs: number) => [1, 2, 3].map(() => rates.count(host, nowMs));
    assert.deepEqual(many('192.0.2.1', 0), [1, 2, 3]);
    assert.deepEqual(many('192.0.2.2', 500), [1, 2, 3]);
    assert.deepEqual(many('192.0.2.1', 1000), [1, 2, 3]);
  });

  it('takes a network of IPv6 for one address', () => {
    const rates = new HelloRates(1);
    const hosts = ['2001:db8::1', '2001:db8::2', '2001:db8::3'];
    assert.deepEqual(
      hosts.map((host) => rates.count(host, 0)),
      [1, 2, 3],
    );
  });

  it('stays at the most that a counter holds', () => {
    const rates = new HelloRates(1);
    for (let i = 0; i < 70_000; i++) rates.count('192.0.2.1', 0);
    assert.equal(rates.count('192.0.2.1', 0), 65_535);
  });
});
