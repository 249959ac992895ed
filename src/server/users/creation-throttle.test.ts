import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FakeClock } from '../../../tests/support/fake-clock.ts';
import { defaultLimits } from '../../protocol/limits.ts';
import { CreationThrottle } from './creation-throttle.ts';

test('an address makes no more accounts because others make some too', () => {
  const limits = { ...defaultLimits, accountsPerAddressPerHour: 4, accountsPerHour: 1_000_000 };
  const creations = new CreationThrottle(new FakeClock(), limits);
  const make = (address: string): boolean => creations.begin(address, false) === undefined;
  assert.ok(make('a') && make('a'));
  for (let at = 0; at <= 20_000; at++) make(`b${at}`);
  assert.deepEqual([make('a'), make('a'), make('a')], [true, true, false]);
});
