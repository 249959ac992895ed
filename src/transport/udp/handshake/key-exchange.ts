import {
  createHash,
  createPrivateKey,
  createPublicKey,
  diffieHellman,
  hkdfSync,
  type KeyObject,
  sign,
  verify,
} from 'node:crypto';
import type { Random } from '../settings.ts';

/**
 * X25519 for keys that nobody can find out later, Ed25519 to prove who the server is. Keys are 32 raw bytes on the wire;
 * Node wants them in DER, whose heads for these four forms are constant (RFC 8410).
 */
const privateX25519 = Buffer.from('302e020100300506032b656e04220420', 'hex');
const publicX25519 = Buffer.from('302a300506032b656e032100', 'hex');
const privateEd25519 = Buffer.from('302e020100300506032b657004220420', 'hex');
const publicEd25519 = Buffer.from('302a300506032b6570032100', 'hex');
export const publicKeyBytes = 32;
const secretBytes = 32;
const rawBytes = 32;

export interface EphemeralKey {
  readonly privateKey: KeyObject;
  readonly publicKey: Uint8Array;
}

/** A server's key as people compare it: SHA-256 of its SubjectPublicKeyInfo in DER, 64 hexadecimal digits. */
export function keySha256Of(publicKey: Uint8Array): string {
  return createHash('sha256').update(publicEd25519).update(publicKey).digest('hex');
}

/** A key for one handshake. */
export function ephemeralKey(random: Random): EphemeralKey {
  const raw = new Uint8Array(rawBytes);
  random(raw);
  const privateKey = createPrivateKey({
    key: Buffer.concat([privateX25519, raw]),
    format: 'der',
    type: 'pkcs8',
  });
  return { privateKey, publicKey: rawPublicKey(privateKey) };
}

/** Both ends compute the same from the own private and the other's public key; undefined if that key is no good. */
export function sharedSecret(own: EphemeralKey, others: Uint8Array): Uint8Array | undefined {
  try {
    const publicKey = createPublicKey({
      key: Buffer.concat([publicX25519, others]),
      format: 'der',
      type: 'spki',
    });
    return diffieHellman({ privateKey: own.privateKey, publicKey });
  } catch {
    // A point of small order: Node refuses it.
    return undefined;
  }
}

/** Who a server is: its long-lived key. */
export interface Identity {
  /** 32 bytes, which clients remember. */
  readonly publicKey: Uint8Array;
  sign(bytes: Uint8Array): Uint8Array;
  /** A secret that only this server has, and has again after a restart. */
  secretFor(label: string): Uint8Array;
}

/** The identity that 32 random bytes make; the caller keeps them. */
export function identityFrom(seed: Uint8Array): Identity {
  const privateKey = createPrivateKey({
    key: Buffer.concat([privateEd25519, seed]),
    format: 'der',
    type: 'pkcs8',
  });
  return {
    publicKey: rawPublicKey(privateKey),
    sign: (bytes) => sign(null, bytes, privateKey),
    secretFor: (label) => new Uint8Array(hkdfSync('sha256', seed, '', `earshot udp 1 ${label}`, secretBytes)),
  };
}

export function isSignedBy(publicKey: Uint8Array, bytes: Uint8Array, signature: Uint8Array): boolean {
  try {
    const key = createPublicKey({
      key: Buffer.concat([publicEd25519, publicKey]),
      format: 'der',
      type: 'spki',
    });
    return verify(null, bytes, key, signature);
  } catch {
    return false;
  }
}

/** What the keys of an association come from. */
export interface Secrets {
  readonly toServer: Uint8Array;
  readonly toClient: Uint8Array;
  /** Seals what the server says about itself in ACCEPT. */
  readonly accept: Uint8Array;
  /** The same at both ends and nowhere else: a login over the association can be bound to it. */
  readonly exporter: Uint8Array;
}

/** `transcript` is the hash of all that was said in the open. */
export function secretsFrom(shared: Uint8Array, transcript: Uint8Array): Secrets {
  const part = (label: string): Uint8Array =>
    new Uint8Array(hkdfSync('sha256', shared, transcript, `earshot udp 1 ${label}`, secretBytes));
  return {
    toServer: part('to server'),
    toClient: part('to client'),
    accept: part('accept'),
    exporter: part('exporter'),
  };
}

export function transcriptOf(...parts: readonly Uint8Array[]): Uint8Array {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest();
}

/** What the server signs: its key is part of it, so that nobody can pass a signature off as another server's. */
export function signedBytes(publicKey: Uint8Array, transcript: Uint8Array): Uint8Array {
  return Buffer.concat([Buffer.from('earshot udp 1 server\0'), publicKey, transcript]);
}

function rawPublicKey(privateKey: KeyObject): Uint8Array {
  const der = createPublicKey(privateKey).export({ format: 'der', type: 'spki' });
  return new Uint8Array(der.subarray(der.length - publicKeyBytes));
}
