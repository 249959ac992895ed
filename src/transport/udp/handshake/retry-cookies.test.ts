import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { randomFrom } from '../../../../tests/support/random.ts';
import type { Random } from '../settings.ts';
import type { Hello } from './messages.ts';
import { RetryCookies } from './retry-cookies.ts';

const numbers = randomFrom(5);
const random: Random = (bytes) => {
  for (let i = 0; i < bytes.length; i++) bytes[i] = Math.floor(numbers() * 256);
};
const hello: Hello = {
  version: 1,
  connectionId: new Uint8Array(8).fill(1),
  token: new Uint8Array(0),
  publicKey: new Uint8Array(32).fill(2),
  idleTimeoutMs: 0,
};

describe('a cookie', () => {
  const cookies = new RetryCookies(random, 10_000, 0);
  const token = cookies.make(hello, '192.0.2.1', 5, 1000);
  const answer = { ...hello, token };

  it('is good for who got it, for a while', () => {
    assert.ok(cookies.isGood(answer, '192.0.2.1', 5, 1000));
    assert.ok(cookies.isGood(answer, '192.0.2.1', 5, 11_000));
    assert.ok(!cookies.isGood(answer, '192.0.2.1', 5, 11_001));
    assert.ok(!cookies.isGood(answer, '192.0.2.1', 5, 998), 'nor before it was made');
  });

  it('is good for nobody else', () => {
    assert.ok(!cookies.isGood(answer, '192.0.2.2', 5, 1000));
    assert.ok(!cookies.isGood(answer, '192.0.2.1', 6, 1000));
    assert.ok(!cookies.isGood({ ...answer, publicKey: new Uint8Array(32) }, '192.0.2.1', 5, 1000));
    assert.ok(!cookies.isGood({ ...answer, connectionId: new Uint8Array(8) }, '192.0.2.1', 5, 1000));
    assert.ok(!cookies.isGood(hello, '192.0.2.1', 5, 1000));
    assert.ok(!new RetryCookies(random, 10_000, 0).isGood(answer, '192.0.2.1', 5, 1000));
  });

  it('is good after the key was changed once, and not when it was changed twice', () => {
    const own = new RetryCookies(random, 1e9, 0);
    const made = { ...hello, token: own.make(hello, '192.0.2.1', 5, 119_000) };
    assert.ok(own.isGood(made, '192.0.2.1', 5, 121_000));
    assert.ok(!own.isGood(made, '192.0.2.1', 5, 241_001));
  });
});
