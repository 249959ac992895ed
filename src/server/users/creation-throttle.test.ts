import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FakeClock } from '../../../tests/support/fake-clock.ts';
import { defaultLimits } from '../../protocol/limits.ts';
import { CreationThrottle } from './creation-throttle.ts';

const hourMs = 3_600_000;

test('accounts are made at a rate, from one address and in all', () => {
  const clock = new FakeClock();
  const creations = new CreationThrottle(clock, {
    ...defaultLimits,
    accountsPerAddressPerHour: 2,
    accountsPerHour: 5,
    loopbackFactor: 2,
  });
  const made = (address: string, isLoopback = false): number => {
    let count = 0;
    while (creations.begin(address, isLoopback) === undefined) count++;
    return count;
  };
  assert.deepEqual([made('a'), made('b'), made('c')], [2, 2, 1]);
  assert.equal(creations.begin('d', false)?.retryAfterS, 3600 / 5);
  clock.advance(hourMs);
  assert.deepEqual([made('a'), made('own', true)], [2, 3]);
  clock.advance(hourMs / 2);
  assert.deepEqual([made('a'), made('own', true)], [1, 1]);
});

test('an address makes no more accounts because others make some too', () => {
  const limits = { ...defaultLimits, accountsPerAddressPerHour: 4, accountsPerHour: 1_000_000 };
  const creations = new CreationThrottle(new FakeClock(), limits);
  const make = (address: string): boolean => creations.begin(address, false) === undefined;
  assert.ok(make('a') && make('a'));
  for (let at = 0; at <= 20_000; at++) make(`b${at}`);
  assert.deepEqual([make('a'), make('a'), make('a')], [true, true, false]);
});
