import { createHmac, timingSafeEqual } from 'node:crypto';
import { ByteReader, ByteWriter } from '../packets/byte-cursor.ts';
import type { Random } from '../settings.ts';
import { type Hello, tokenBytes } from './messages.ts';

/**
 * Cookies that prove an address without memory: a client that sends back what the server sent there receives at that
 * address. A cookie is its time and a MAC over the address and the HELLO, under a key that changes every two minutes.
 */
const keyLifeMs = 120_000;
const keyBytes = 32;
const macBytes = 16;

export class RetryCookies {
  readonly #random: Random;
  readonly #lifeMs: number;
  #key: Uint8Array;
  #previous: Uint8Array;
  #changeAtMs: number;

  constructor(random: Random, lifeMs: number, nowMs: number) {
    this.#random = random;
    this.#lifeMs = lifeMs;
    this.#key = this.#freshKey();
    this.#previous = this.#key;
    this.#changeAtMs = nowMs + keyLifeMs;
  }

  make(hello: Hello, host: string, port: number, nowMs: number): Uint8Array {
    this.#change(nowMs);
    const writer = new ByteWriter(new Uint8Array(tokenBytes));
    writer.u32(Math.floor(nowMs) % 2 ** 32);
    writer.put(mac(this.#key, writer.bytes.subarray(0, 4), hello, host, port));
    return writer.bytes;
  }

  isGood(hello: Hello, host: string, port: number, nowMs: number): boolean {
    this.#change(nowMs);
    if (hello.token.length !== tokenBytes) return false;
    const madeAt = hello.token.subarray(0, 4);
    const ageMs = (Math.floor(nowMs) - new ByteReader(madeAt).u32() + 2 ** 33) % 2 ** 32;
    if (ageMs > this.#lifeMs) return false;
    const given = hello.token.subarray(4);
    return [this.#key, this.#previous].some((key) =>
      timingSafeEqual(given, mac(key, madeAt, hello, host, port)),
    );
  }

  #change(nowMs: number): void {
    if (nowMs < this.#changeAtMs) return;
    this.#previous = this.#key;
    this.#key = this.#freshKey();
    this.#changeAtMs = nowMs + keyLifeMs;
  }

  #freshKey(): Uint8Array {
    const key = new Uint8Array(keyBytes);
    this.#random(key);
    return key;
  }
}

function mac(key: Uint8Array, madeAt: Uint8Array, hello: Hello, host: string, port: number): Uint8Array {
  const hmac = createHmac('sha256', key).update(madeAt).update(hello.connectionId).update(hello.publicKey);
  return hmac.update(`${host}|${port}`).digest().subarray(0, macBytes);
}
