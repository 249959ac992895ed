import { createCipheriv, createDecipheriv, createSecretKey, hkdfSync, type KeyObject } from 'node:crypto';
import { headerBytes, tagBytes } from './packet-header.ts';

/**
 * The keys of one direction. A direction's secret gives a key and an iv; the next secret comes from this one, so that
 * old packets stay sealed when a later key becomes known. The packet number makes the nonce, and no number is used
 * twice, so neither is a nonce. AES-128-GCM: on machines with AES instructions it costs least of what Node has.
 */
const algorithm = 'aes-128-gcm';
const keyBytes = 16;
const ivBytes = 12;
const options = { authTagLength: tagBytes } as const;
const noSalt = new Uint8Array(0);

function expand(secret: Uint8Array, label: string, length: number): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', secret, noSalt, `earshot udp 1 ${label}`, length));
}

class PacketKey {
  readonly key: KeyObject;
  readonly #iv: Uint8Array;
  readonly #nonce = new Uint8Array(ivBytes);
  readonly #nonceView = new DataView(this.#nonce.buffer);
  readonly #ivHigh: number;
  readonly #ivLow: number;

  constructor(secret: Uint8Array) {
    this.key = createSecretKey(expand(secret, 'key', keyBytes));
    this.#iv = expand(secret, 'iv', ivBytes);
    const view = new DataView(this.#iv.buffer);
    this.#ivHigh = view.getUint32(4);
    this.#ivLow = view.getUint32(8);
    this.#nonce.set(this.#iv);
  }

  /** Valid until the next call. */
  nonce(packetNumber: number): Uint8Array {
    this.#nonceView.setUint32(4, (this.#ivHigh ^ Math.floor(packetNumber / 2 ** 32)) >>> 0);
    this.#nonceView.setUint32(8, (this.#ivLow ^ (packetNumber % 2 ** 32)) >>> 0);
    return this.#nonce;
  }
}

/** Seals packets of one direction. */
export class SealingKeys {
  #secret: Uint8Array;
  #key: PacketKey;
  /** How often the key was changed. */
  phase = 0;

  constructor(secret: Uint8Array) {
    this.#secret = secret;
    this.#key = new PacketKey(secret);
  }

  update(): void {
    this.#secret = expand(this.#secret, 'update', this.#secret.length);
    this.#key = new PacketKey(this.#secret);
    this.phase++;
  }

  /** Writes the sealed `frames` and their tag behind the header that `packet` begins with. */
  seal(packet: Uint8Array, frames: Uint8Array, packetNumber: number): void {
    const cipher = createCipheriv(algorithm, this.#key.key, this.#key.nonce(packetNumber), options);
    cipher.setAAD(packet.subarray(0, headerBytes));
    packet.set(cipher.update(frames), headerBytes);
    cipher.final();
    packet.set(cipher.getAuthTag(), headerBytes + frames.length);
  }
}

/** Opens packets of one direction: with the current key, the one before it for late packets, or the next one. */
export class OpeningKeys {
  #nextSecret: Uint8Array;
  #current: PacketKey;
  #previous: PacketKey | undefined;
  #next: PacketKey | undefined;
  #firstOfPhase = 0;
  phase = 0;

  constructor(secret: Uint8Array) {
    this.#current = new PacketKey(secret);
    this.#nextSecret = expand(secret, 'update', secret.length);
  }

  /** Returns the frames; undefined when the packet was not sealed by the peer. */
  open(packet: Uint8Array, packetNumber: number, isOddPhase: boolean): Uint8Array | undefined {
    if (isOddPhase === (this.phase % 2 === 1)) return open(this.#current, packet, packetNumber);
    if (this.#previous !== undefined && packetNumber < this.#firstOfPhase)
      return open(this.#previous, packet, packetNumber);
    // Kept, so that forged packets of a next phase do not cost a derivation each.
    this.#next ??= new PacketKey(this.#nextSecret);
    const frames = open(this.#next, packet, packetNumber);
    if (frames === undefined) return undefined;
    this.#previous = this.#current;
    this.#current = this.#next;
    this.#next = undefined;
    this.#nextSecret = expand(this.#nextSecret, 'update', this.#nextSecret.length);
    this.#firstOfPhase = packetNumber;
    this.phase++;
    return frames;
  }
}

/** Seals one message under a secret that seals no other. `head` is sent in the open with it. */
export function sealOnce(secret: Uint8Array, head: Uint8Array, content: Uint8Array): Uint8Array {
  const key = new PacketKey(secret);
  const cipher = createCipheriv(algorithm, key.key, key.nonce(0), options);
  cipher.setAAD(head);
  return Buffer.concat([cipher.update(content), cipher.final(), cipher.getAuthTag()]);
}

/** Undefined when `sealed` is not what `sealOnce` made. */
export function openOnce(secret: Uint8Array, head: Uint8Array, sealed: Uint8Array): Uint8Array | undefined {
  const key = new PacketKey(secret);
  const decipher = createDecipheriv(algorithm, key.key, key.nonce(0), options);
  decipher.setAAD(head);
  decipher.setAuthTag(sealed.subarray(sealed.length - tagBytes));
  const content = decipher.update(sealed.subarray(0, sealed.length - tagBytes));
  try {
    decipher.final();
  } catch {
    return undefined;
  }
  return content;
}

function open(key: PacketKey, packet: Uint8Array, packetNumber: number): Uint8Array | undefined {
  const decipher = createDecipheriv(algorithm, key.key, key.nonce(packetNumber), options);
  const end = packet.length - tagBytes;
  decipher.setAAD(packet.subarray(0, headerBytes));
  decipher.setAuthTag(packet.subarray(end));
  const frames = decipher.update(packet.subarray(headerBytes, end));
  try {
    decipher.final();
  } catch {
    return undefined;
  }
  return frames;
}
