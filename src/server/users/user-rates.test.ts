import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FakeClock } from '../../../tests/support/fake-clock.ts';
import { defaultLimits } from '../../protocol/limits.ts';
import { UserRates } from './user-rates.ts';

const limits = { ...defaultLimits, messageBurst: 4, rateDelayMs: 1000 };

test('a burst passes at once, and later messages are held back to keep the rate', () => {
  const clock = new FakeClock();
  const rate = new UserRates(clock, limits, 10).of('alice');
  for (let i = 0; i < 4; i++) {
    assert.equal(rate.hold(), 0);
    rate.spend();
  }
  assert.equal(rate.hold(), 100);
  clock.advance(100);
  rate.spend();
  assert.equal(rate.hold(), 100);
});

test('a user who goes on sending too fast is held back, then refused until they are quiet', () => {
  const clock = new FakeClock();
  const rate = new UserRates(clock, limits, 10).of('alice');
  for (let i = 0; i < 4; i++) rate.spend();
  let held = 0;
  for (let answer = rate.hold(); answer !== 'refused'; answer = rate.hold()) {
    held += answer;
    clock.advance(answer);
    rate.spend();
  }
  assert.ok(Math.abs(held - 1000) < 1);
  clock.advance(100);
  assert.equal(rate.hold(), 0, 'what is within the rate still passes');
  rate.spend();
  assert.equal(rate.hold(), 'refused');
  clock.advance(200);
  assert.equal(rate.hold(), 0);
  for (let i = 0; i < 2; i++) rate.spend();
  assert.equal(rate.hold(), 100, 'after a quiet time messages are held back again');
});

test('bytes over their rate are held back, whatever the number of messages', () => {
  const clock = new FakeClock();
  const limited = { ...limits, messageBytesBurst: 1_000, messageBytesPerSecond: 100 };
  const rate = new UserRates(clock, limited, 10).of('alice');
  rate.spend(1_000);
  for (let second = 0; second < 5; second++) {
    clock.advance(1_000);
    assert.equal(rate.delayMs(), 0);
    rate.spend(100);
    assert.ok(rate.delayMs() > 0);
  }
});

test('leaving and coming back does not fill the bucket; other users have their own', () => {
  const clock = new FakeClock();
  const rates = new UserRates(clock, limits, 10);
  for (let i = 0; i < 4; i++) rates.of('alice').spend();
  assert.equal(rates.of('alice').hold(), 100);
  assert.equal(rates.of('bob').hold(), 0);
});

test('when there are too many users, those within their rate are forgotten and the others are not', () => {
  const clock = new FakeClock();
  const rates = new UserRates(clock, limits, 10);
  for (let i = 0; i < 4; i++) rates.of('alice').spend();
  for (let i = 0; i < 10_000; i++) rates.of(`user-${i}`);
  assert.equal(rates.of('alice').hold(), 100);
});

test('a rate of 0 limits nothing', () => {
  const rate = new UserRates(new FakeClock(), limits, 0).of('alice');
  for (let i = 0; i < 1000; i++) {
    assert.equal(rate.hold(), 0);
    rate.spend();
  }
});
