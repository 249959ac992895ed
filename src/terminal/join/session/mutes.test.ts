import assert from 'node:assert/strict';
import { test } from 'node:test';
import { messageFrom } from '../../../../tests/support/entries.ts';
import { FakeClock } from '../../../../tests/support/fake-clock.ts';
import { Mutes } from './mutes.ts';

const hourMs = 3_600_000;

function started() {
  const clock = new FakeClock();
  const over: string[] = [];
  return { clock, over, mutes: new Mutes(clock, (what, hidden) => over.push(`${what} ${hidden}`)) };
}

test('hides what a muted person says, in public and in private, until the time is over', () => {
  const { clock, over, mutes } = started();
  mutes.mute('@bob', 2 * hourMs);
  assert.ok(mutes.hides(messageFrom('bob', { matched: ['apple'] })));
  assert.ok(mutes.hides(messageFrom('bob', { to: 'alice' })));
  assert.ok(!mutes.hides(messageFrom('Bob')), 'another name');
  assert.ok(!mutes.hides(messageFrom('bob', { isOwn: true })));
  assert.deepEqual(mutes.list(), ['@bob for 2 hours: 2 lines hidden']);
  clock.advance(5_000);
  assert.deepEqual(mutes.list(), ['@bob for 2 hours: 2 lines hidden']);
  clock.advance(2 * hourMs);
  assert.ok(!mutes.hides(messageFrom('bob')));
  assert.deepEqual(over, ['@bob 2']);
});

test('hides what came only because of muted terms, in any case', () => {
  const { mutes } = started();
  mutes.mute('Apple', Infinity);
  assert.ok(mutes.hides(messageFrom('bob', { matched: ['apple'] })));
  assert.ok(!mutes.hides(messageFrom('bob', { matched: ['apple', 'pie'] })));
  assert.ok(!mutes.hides(messageFrom('bob', { to: 'alice' })), 'a private message');
  mutes.mute('pie', Infinity);
  assert.ok(mutes.hides(messageFrom('bob', { matched: ['apple', 'pie'] })));
  assert.equal(mutes.unmute('APPLE'), 2);
  assert.equal(mutes.unmute('apple'), undefined);
  assert.deepEqual(mutes.list(), ['pie until you leave: 0 lines hidden']);
  mutes.mute('"Apple  PIE"', Infinity);
  assert.ok(mutes.hides(messageFrom('bob', { matched: ['"apple pie"'] })));
});

test('has a bound', () => {
  const { mutes } = started();
  for (let i = 0; i < 1_000; i++) assert.equal(mutes.mute(`w${i}`, Infinity), 'until you leave');
  assert.equal(mutes.mute('more', hourMs), undefined);
  assert.equal(mutes.mute('w7', hourMs), 'for 60 minutes', 'a new time for an old one');
});
