import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { defaultSettings } from '../settings.ts';
import { HelloBudget } from './hello-budget.ts';
import { tokenBytes, writeHello } from './messages.ts';

const hello = (token: Uint8Array): Uint8Array =>
  writeHello({
    ...{ connectionId: new Uint8Array(8), publicKey: new Uint8Array(32), token, idleTimeoutMs: 1 },
  });
const plain = hello(new Uint8Array(0));
const withCookie = hello(new Uint8Array(tokenBytes));
const budget = (): HelloBudget =>
  new HelloBudget({ ...defaultSettings, hellosInAll: 1000, hellosAtOnce: 50 }, 0);

/** How many of `count` HELLOs at `nowMs` are looked at. */
const allowed = (to: HelloBudget, which: Uint8Array, count: number, nowMs: number): number =>
  Array.from({ length: count }, () => to.allows(which, nowMs)).filter(Boolean).length;

describe('the budget of HELLOs', () => {
  it('has so many at once, and so many a second after that', () => {
    const of = budget();
    assert.equal(allowed(of, plain, 200, 0), 50);
    assert.equal(allowed(of, plain, 200, 10), 10);
    let inOneSecond = 0;
    for (let ms = 11; ms <= 1010; ms++) inOneSecond += allowed(of, plain, 30, ms);
    assert.equal(inOneSecond, 1000);
  });

  it('does not fill beyond what may come at once, nor when the clock goes back', () => {
    const of = budget();
    assert.equal(allowed(of, plain, 200, 1e9), 50);
    assert.equal(allowed(of, plain, 200, 0), 0);
    assert.equal(allowed(of, plain, 200, 1e9), 0);
  });

  it('keeps a share for those with a cookie', () => {
    const of = budget();
    allowed(of, plain, 200, 0);
    assert.equal(allowed(of, withCookie, 200, 0), 50);
    assert.equal(allowed(of, plain, 200, 20), 20);
    assert.equal(allowed(of, withCookie, 200, 20), 20);
  });
});
