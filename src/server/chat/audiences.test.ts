import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FakeClock } from '../../../tests/support/fake-clock.ts';
import type { Registry } from '../users/registry.ts';
import { Audiences } from './audiences.ts';

test('a user may ask ten times at once, and then once a second', async () => {
  const clock = new FakeClock();
  const asked: string[] = [];
  const counts = {
    audience(keys: readonly string[], _text: string, sender: string) {
      asked.push(`${sender}: ${keys.join(' ')}`);
      return { people: 3, isFew: false, terms: [] };
    },
  };
  const audiences = new Audiences(counts, {} as Registry, clock);
  const alice = { name: 'alice' };
  for (let i = 0; i < 10; i++) assert.ok('people' in (await audiences.of(alice, `apple${i}`)));
  assert.deepEqual(await audiences.of(alice, 'pie'), { waitS: 1 });
  assert.ok('people' in (await audiences.of({ name: 'bob' }, 'pie')), 'others may');
  clock.advance(1_000);
  assert.ok('people' in (await audiences.of(alice, 'pie')));
  assert.deepEqual(await audiences.of(alice, 'pie'), { waitS: 1 });
  assert.equal(asked.length, 12);
  assert.equal(asked[0], 'alice: apple0 @alice');
});
