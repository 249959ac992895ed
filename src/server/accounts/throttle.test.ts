import assert from 'node:assert/strict';
import { it } from 'node:test';
import fc from 'fast-check';
import { FakeClock } from '../../../tests/support/fake-clock.ts';
import { defaultLimits, type Limits } from '../../protocol/limits.ts';
import { LoginThrottle } from './throttle.ts';

const here = '192.0.2.1';
const minuteMs = 60_000;

function throttled(limits: Partial<Limits> = {}) {
  const clock = new FakeClock();
  const throttle = new LoginThrottle(clock, { ...defaultLimits, ...limits });
  /** Makes an attempt that fails; returns how many seconds it must wait if it is not allowed. */
  const fail = (name: string, address = here): number => {
    const admission = throttle.begin(name, address);
    if (admission.kind === 'later') return admission.seconds;
    assert.equal(admission.kind, 'go');
    throttle.failed(name, address);
    return 0;
  };
  return { clock, throttle, fail };
}

it('lets five fail, then doubles the wait up to 15 minutes', () => {
  const { clock, fail } = throttled();
  for (let i = 0; i < 5; i++) assert.equal(fail('alice'), 0);
  const waits = [];
  for (let i = 0; i < 12; i++) {
    const seconds = fail('alice');
    waits.push(seconds);
    clock.advance(seconds * 1000 - 1);
    assert.equal(fail('alice'), 1, 'not a millisecond earlier');
    clock.advance(1);
    assert.equal(fail('alice'), 0);
  }
  assert.deepEqual(waits, [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900]);
});

it('lets one attempt at a time follow a wait', () => {
  const { clock, throttle, fail } = throttled();
  for (let i = 0; i < 5; i++) fail('alice');
  clock.advance(1000);
  assert.equal(throttle.begin('alice', here).kind, 'go');
  assert.equal(throttle.begin('alice', here).kind, 'busy');
  throttle.failed('alice', here);
  assert.deepEqual(throttle.begin('alice', here), { kind: 'later', seconds: 2 });
});

it('counts failures of the last 15 minutes, and forgets a wait after 15 minutes without another', () => {
  const { clock, fail } = throttled();
  for (let i = 0; i < 20; i++) {
    assert.equal(fail('alice'), 0);
    clock.advance(4 * minuteMs);
  }
  for (let i = 0; i < 3; i++) fail('alice');
  assert.equal(fail('alice'), 1);
  clock.advance(1000 + 15 * minuteMs);
  for (let i = 0; i < 5; i++) assert.equal(fail('alice'), 0);
  assert.equal(fail('alice'), 1);
});

it('refuses an address for an hour after twenty failures in ten minutes, whatever the accounts', () => {
  const { clock, throttle, fail } = throttled();
  for (let i = 0; i < 20; i++) assert.equal(fail(`user${i}`), 0);
  assert.equal(fail('alice'), 3600);
  assert.equal(fail('alice', '192.0.2.2'), 0, 'and no other address');
  clock.advance(3600 * 1000 - 1);
  assert.equal(fail('alice'), 1);
  clock.advance(1);
  for (let i = 0; i < 20; i++) assert.equal(fail(`user${i}`), 0);
  assert.equal(throttle.begin('alice', here).kind, 'later');
});

it('counts the addresses of one IPv6 network as one', () => {
  const { fail } = throttled();
  for (let i = 0; i < 5; i++) assert.equal(fail('alice', `2001:db8::${i}`), 0);
  assert.equal(fail('alice', '2001:db8:0:0:ffff::1'), 1);
  assert.equal(fail('alice', '2001:db8:0:1::1'), 0);
});

it('forgets the failures for an account when its owner succeeds, but not those of the address', () => {
  const { throttle, fail } = throttled();
  for (let i = 0; i < 4; i++) assert.equal(fail('alice'), 0);
  for (let round = 0; round < 4; round++) {
    assert.equal(throttle.begin('alice', here).kind, 'go');
    throttle.succeeded('alice', here);
    for (let i = 0; i < 4; i++) assert.equal(fail('alice'), 0);
  }
  assert.equal(fail('bob'), 3600);
});

it('counts attempts while they are under way, but not those that were not checked', () => {
  const { throttle } = throttled();
  for (let i = 0; i < 5; i++) assert.equal(throttle.begin('alice', here).kind, 'go');
  assert.equal(throttle.begin('alice', here).kind, 'busy');
  throttle.withdrawn('alice', here);
  assert.equal(throttle.begin('alice', here).kind, 'go');
  for (let i = 0; i < 5; i++) throttle.failed('alice', here);
  assert.equal(throttle.begin('alice', here).kind, 'later');
});

it('remembers a bounded number, and nothing of those who succeed', () => {
  const { throttle, fail } = throttled({ loginTableEntries: 100 });
  for (let i = 0; i < 1000; i++) {
    assert.equal(throttle.begin('alice', `10.0.0.${i}`).kind, 'go');
    throttle.succeeded('alice', `10.0.0.${i}`);
  }
  assert.deepEqual(throttle.entries, { accounts: 0, addresses: 0 });
  for (let i = 0; i < 5; i++) fail('alice');
  for (let i = 0; i < 99; i++) fail('bob', `h${i}`);
  assert.deepEqual(throttle.entries, { accounts: 100, addresses: 100 });
  assert.equal(fail('alice'), 1);
  fail('bob', 'one too many');
  assert.deepEqual(throttle.entries, { accounts: 100, addresses: 100 });
  assert.equal(fail('alice'), 0, 'the oldest is forgotten');
});

/** What a user may do; an attempt ends some steps after it began, so that others overlap it. */
type Step =
  | { readonly kind: 'begin'; readonly name: string; readonly address: string; readonly isRight: boolean }
  | { readonly kind: 'end' }
  | { readonly kind: 'wait'; readonly ms: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('begin' as const),
      name: fc.constantFrom('alice', 'bob', 'carol', 'dave', 'eve', 'frank'),
      address: fc.constantFrom(here, '192.0.2.2'),
      isRight: fc.nat(9).map((n) => n === 0),
    }),
  },
  { weight: 6, arbitrary: fc.constant({ kind: 'end' as const }) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('wait' as const),
      ms: fc.constantFrom(1, 999, 1000, minuteMs, 10 * minuteMs, 16 * minuteMs, 61 * minuteMs),
    }),
  },
);

it('allows few guesses in a time and ends every wait, whatever happens', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 300 }), (steps) => {
      const { clock, throttle } = throttled();
      const underWay: (Step & { kind: 'begin' })[] = [];
      const failures: { name: string; address: string; ms: number }[] = [];
      /** Failures since the last success, by name and address. */
      const inARow = new Map<string, number[]>();
      const end = (): void => {
        const attempt = underWay.shift();
        if (attempt === undefined) return;
        const { name, address } = attempt;
        const pair = `${name} ${address}`;
        if (attempt.isRight) {
          throttle.succeeded(name, address);
          inARow.delete(pair);
        } else {
          const times = [...(inARow.get(pair) ?? []), clock.monotonicMs()];
          inARow.set(pair, times);
          // Five, and then 1, 2, 4, … seconds apart: fifteen fill 1,023 seconds.
          const sixteenthLast = times.at(-16);
          if (sixteenthLast !== undefined) assert.ok(clock.monotonicMs() - sixteenthLast >= 15 * minuteMs);
          throttle.failed(name, address);
          failures.push({ name, address, ms: clock.monotonicMs() });
        }
      };
      for (const each of steps) {
        if (each.kind === 'wait') clock.advance(each.ms);
        else if (each.kind === 'end') end();
        else {
          const admission = throttle.begin(each.name, each.address);
          if (admission.kind === 'go') underWay.push(each);
          if (admission.kind === 'later') assert.ok(admission.seconds >= 1 && admission.seconds <= 3600);
          if (admission.kind === 'busy') assert.ok(underWay.length > 0);
        }
      }
      while (underWay.length > 0) end();
      for (const address of [here, '192.0.2.2']) {
        const times = failures.filter((failure) => failure.address === address).map(({ ms }) => ms);
        for (const [i, ms] of times.entries()) {
          const twentiethLater = times[i + 20];
          if (twentiethLater !== undefined) assert.ok(twentiethLater - ms >= 10 * minuteMs);
        }
      }
      clock.advance(61 * minuteMs);
      for (const name of ['alice', 'bob']) assert.equal(throttle.begin(name, here).kind, 'go');
    }),
  );
});
