import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';

const scopeDigits = 16;
const tokenShape = /^[0-9a-f]{64}$/;

/**
 * The tokens of guests. A token is a random scope and a keyed hash (HMAC) of it and the name, in hexadecimal digits. So
 * a server that has forgotten a guest, but kept its key, still knows whether a token was made for that name.
 */
export class GuestTokens {
  readonly #key: Uint8Array;

  constructor(key: Uint8Array = newGuestKey()) {
    this.#key = key;
  }

  /** Makes the token of a guest; without `scope` for a new registration. */
  make(name: string, scope: string = randomBytes(scopeDigits / 2).toString('hex')): string {
    const seal = createHmac('sha256', this.#key).update(`${scope} ${name}`).digest('hex');
    return scope + seal.slice(0, 64 - scopeDigits);
  }

  /** Whether `token` was made for `name`, by this server or an earlier one with this key. */
  isFor(name: string, token: string): boolean {
    if (!tokenShape.test(token)) return false;
    return timingSafeEqual(Buffer.from(this.make(name, scopeOf(token))), Buffer.from(token));
  }
}

/** The part of a token that tells registrations apart. It is no secret. */
export function scopeOf(token: string): string {
  return token.slice(0, scopeDigits);
}

export function newGuestKey(): Uint8Array {
  return randomBytes(32);
}
