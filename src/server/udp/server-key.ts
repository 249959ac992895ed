import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
} from 'node:crypto';
import { closeSync, existsSync, fsyncSync, openSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { exitCodes } from '../../exit-codes.ts';
import { StartError } from '../start-error.ts';

/** The long-lived key by which clients over UDP know a server. */
export interface ServerKey {
  /** The 32 bytes that make the key, and all secrets that must outlive a restart: those of stateless resets. */
  readonly secret: Uint8Array;
  /** SHA-256 of the public key (SubjectPublicKeyInfo): 64 hexadecimal digits. */
  readonly keySha256: string;
}

const secretBytes = 32;

/**
 * Reads the key, an Ed25519 one as PKCS #8 in PEM; makes it first where there is no file. Throws a `StartError` when that
 * cannot be done.
 */
export function openServerKey(file: string): ServerKey {
  try {
    if (!existsSync(file)) make(file);
    const key = keyIn(readFileSync(file));
    if (key.asymmetricKeyType !== 'ed25519')
      throw new Error(`it is a key of the kind ${key.asymmetricKeyType}`);
    return { secret: secretOf(key), keySha256: fingerprintOf(key) };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new StartError(
      exitCodes.noData,
      `${file}, the key for UDP, cannot be used (${reason}); put a copy of it there, which earshot backup does not make. ` +
        'Without the file, the server makes a new key, which clients that know the old one refuse; --no-udp starts without UDP',
    );
  }
}

function keyIn(pem: Buffer): KeyObject {
  try {
    return createPrivateKey(pem);
  } catch {
    throw new Error('it is no private key in PEM');
  }
}

/** A crash leaves the whole file or none; a power cut after the first address was printed does not take it away. */
function make(file: string): void {
  const { privateKey } = generateKeyPairSync('ed25519');
  const text = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  writeFileSync(`${file}.new`, text, { mode: 0o600, flush: true });
  renameSync(`${file}.new`, file);
  const folder = openSync(dirname(file), 'r');
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}

/** The key's own bytes are the last ones of its DER. */
function secretOf(key: KeyObject): Uint8Array {
  return new Uint8Array(key.export({ type: 'pkcs8', format: 'der' }).subarray(-secretBytes));
}

function fingerprintOf(key: KeyObject): string {
  const spki = createPublicKey(key).export({ type: 'spki', format: 'der' });
  return createHash('sha256').update(spki).digest('hex');
}
