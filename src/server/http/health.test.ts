import assert from 'node:assert/strict';
import { test } from 'node:test';
import { healthAnswer } from './health.ts';

test('health says why the server is not ready: most urgent first', () => {
  const ask = (isLow: boolean, isClosing: boolean, waitingMs: number): string => {
    const { status, text } = healthAnswer({ disk: { isLow }, sessions: { isClosing }, log: { waitingMs } });
    return `${status} ${text}`;
  };
  assert.equal(ask(false, false, 0), '200 ready');
  assert.equal(ask(false, false, 5_000), '200 ready');
  assert.match(ask(true, false, 0), /^503 not ready: the disk is nearly full/);
  assert.match(ask(false, false, 7_400), /^503 not ready: the log lags: .* for 7 s$/);
  assert.match(ask(true, true, 7_400), /^503 not ready: the server is stopping$/);
});
