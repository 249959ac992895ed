import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { BackOff } from './back-off.ts';

describe('BackOff', () => {
  it('doubles its bound up to 10 s, after five minutes to 30 s, and resets after a good connection', () => {
    const backOff = new BackOff(() => 1);
    const delays = Array.from({ length: 8 }, () => backOff.nextMs(0));
    assert.deepEqual(delays, [200, 400, 800, 1_600, 3_200, 6_400, 10_000, 10_000]);
    let waitedMs = delays.reduce((sum, delay) => sum + delay, 0);
    while (waitedMs < 300_000) {
      const delayMs = backOff.nextMs(0);
      assert.equal(delayMs, 10_000);
      waitedMs += delayMs;
    }
    assert.equal(backOff.nextMs(0), 30_000);
    assert.equal(backOff.nextMs(9_999), 30_000, 'one that lasted a moment is no good one');
    assert.equal(backOff.nextMs(10_000), 200);
  });

  it('draws from the whole range below the bound, on top of the delay that the server asked for', () => {
    const drawn = [0, 0.25, 0.5];
    const backOff = new BackOff(() => drawn.shift() ?? 0);
    assert.deepEqual([backOff.nextMs(0), backOff.nextMs(0), backOff.nextMs(0, 7)], [0, 100, 7_400]);
  });

  it('bounds the delay that a server asks for', () => {
    const backOff = new BackOff(() => 0);
    assert.equal(backOff.nextMs(0, 5), 5_000);
    assert.equal(backOff.nextMs(0, 0), 100);
    assert.equal(
      backOff.nextMs(0, Number.MAX_SAFE_INTEGER),
      3_600_000,
      'a longer timer of Node is over at once',
    );
  });
});
