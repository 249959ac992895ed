import assert from 'node:assert/strict';
import { it } from 'node:test';
import { defaultLimits } from '../../protocol/limits.ts';
import { formatPasswordHash, parsePasswordHash } from './password-hash.ts';
import { deriveArgon2id, PasswordHasher } from './password-hasher.ts';

it('is formatted as a PHC string, and parsed again', () => {
  const hash = { memoryKiB: 19_456, passes: 2, salt: Buffer.alloc(16, 1), tag: Buffer.alloc(32, 255) };
  const text = formatPasswordHash(hash);
  assert.equal(
    text,
    '$argon2id$v=19$m=19456,t=2,p=1$AQEBAQEBAQEBAQEBAQEBAQ$//////////////////////////////////////////8',
  );
  assert.deepEqual(parsePasswordHash(text), hash);
  for (const bad of [
    '',
    'plain',
    text.replace('argon2id', 'argon2i'),
    text.replace('p=1', 'p=2'),
    `${text}$`,
  ]) {
    assert.throws(() => parsePasswordHash(bad), /cannot be read/);
  }
});

it('agrees with other programs on the hash of a password', async () => {
  // A test of the reference implementation (github.com/P-H-C/phc-winner-argon2, src/test.c).
  const cost = { memoryKiB: 65_536, passes: 2 };
  const tag = await deriveArgon2id(Buffer.from('password'), Buffer.from('somesalt'), cost);
  assert.equal(
    Buffer.from(tag).toString('hex'),
    '09316115d5cf24ed5a15a31a3ba326e5cf32edc24702987c02b6566f61913cf7',
  );
});

it('matches the password that it was made from', async () => {
  const hasher = new PasswordHasher(defaultLimits);
  const made = await hasher.hash('password');
  assert.ok(await hasher.matches('password', made));
  assert.ok(!(await hasher.matches('Password', made)));
  assert.ok(!(await hasher.matches('password', undefined)));
});
