import assert from 'node:assert/strict';
import { randomFillSync } from 'node:crypto';
import { describe, it } from 'node:test';
import type { Random } from '../settings.ts';
import {
  ephemeralKey,
  identityFrom,
  isSignedBy,
  secretsFrom,
  sharedSecret,
  signedBytes,
  transcriptOf,
} from './key-exchange.ts';

const random: Random = (bytes) => void randomFillSync(bytes);

describe('the key exchange', () => {
  it('gives both ends the same secret, and others another', () => {
    const [a, b, c] = [ephemeralKey(random), ephemeralKey(random), ephemeralKey(random)];
    const shared = sharedSecret(a, b.publicKey);
    assert.ok(shared);
    assert.deepEqual(sharedSecret(b, a.publicKey), shared);
    assert.notDeepEqual(sharedSecret(c, a.publicKey), shared);
  });

  it('takes no public key that makes every secret the same', () => {
    assert.equal(sharedSecret(ephemeralKey(random), new Uint8Array(32)), undefined);
  });

  it('makes secrets that differ from each other and with what was said', () => {
    const shared = new Uint8Array(32).fill(9);
    const one = secretsFrom(shared, transcriptOf(Uint8Array.of(1)));
    const other = secretsFrom(shared, transcriptOf(Uint8Array.of(2)));
    const all = [...Object.values(one), ...Object.values(other)].map((secret) =>
      Buffer.from(secret).toString('hex'),
    );
    assert.equal(new Set(all).size, 8);
  });
});

describe('an identity', () => {
  const seed = new Uint8Array(32).fill(1);
  const identity = identityFrom(seed);
  const said = transcriptOf(Uint8Array.of(1, 2, 3));

  it('is the same from the same bytes', () => {
    assert.deepEqual(identityFrom(seed).publicKey, identity.publicKey);
    assert.deepEqual(identityFrom(seed).secretFor('x'), identity.secretFor('x'));
    assert.notDeepEqual(identity.secretFor('x'), identity.secretFor('y'));
  });

  it('signs for its own key and that transcript only', () => {
    const signature = identity.sign(signedBytes(identity.publicKey, said));
    const other = identityFrom(new Uint8Array(32).fill(2)).publicKey;
    assert.ok(isSignedBy(identity.publicKey, signedBytes(identity.publicKey, said), signature));
    assert.ok(!isSignedBy(other, signedBytes(other, said), signature));
    assert.ok(!isSignedBy(identity.publicKey, signedBytes(identity.publicKey, transcriptOf()), signature));
    assert.ok(!isSignedBy(new Uint8Array(32).fill(0xff), said, signature), 'nor for a key that is none');
  });
});
