import assert from 'node:assert/strict';
import { it } from 'node:test';
import { KnownAddresses } from './known-addresses.ts';

it('returns the last account of an address, and drops the address with the oldest login first', () => {
  const known = new KnownAddresses(2);
  assert.equal(known.accountOf('192.0.2.1'), undefined);
  known.add('192.0.2.1', 'alice');
  known.add('192.0.2.2', 'bob');
  known.add('192.0.2.1', 'carol');
  known.add('192.0.2.3', 'dave');
  const accounts = [1, 2, 3].map((at) => known.accountOf(`192.0.2.${at}`));
  assert.deepEqual(accounts, ['carol', undefined, 'dave']);
});
