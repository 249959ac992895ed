import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AddressTable } from './address-table.ts';

test('addresses are remembered up to a bound, and those beyond it share one value', () => {
  const table = new AddressTable(
    8,
    () => ({ used: 0 }),
    ({ used }) => used === 0,
  );
  for (let at = 0; at < 20_000; at++) table.of(`a${at}`, false).used = 1;
  assert.equal(table.of('a7', false).used, 1);
  table.of('b', false).used = 2;
  assert.equal(table.of('c', false).used, 2);
  for (const unused of ['a7', 'a8']) table.of(unused, false).used = 0;
  let misses = 0;
  while (table.of(`d${misses}`, false).used !== 0) misses++;
  assert.ok(misses <= 1_250, `one that was as new made room after ${misses} unknown addresses`);
});
