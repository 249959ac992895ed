import { createHash, createPrivateKey, generateKeyPairSync, X509Certificate } from 'node:crypto';
import { existsSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import type { SecureContext } from 'node:tls';
import { tlsContext } from '../../transport/tls-server.ts';
import { makeCertificate } from './certificate.ts';

/** The paths of a certificate, with its chain, and of its private key; both PEM. */
export interface CertificateFiles {
  readonly cert: string;
  readonly key: string;
}

/** A certificate as it was read. */
export interface LoadedCertificate {
  readonly context: SecureContext;
  /** SHA-256 of the public key (SubjectPublicKeyInfo): 64 hexadecimal digits. */
  readonly keySha256: string;
  /** Whether no authority has signed it: then clients need its fingerprint. */
  readonly isSelfSigned: boolean;
  /** The first DNS name that it is for, if that is a whole one. */
  readonly host: string | undefined;
  /** Both in milliseconds since 1970. */
  readonly validFromMs: number;
  readonly validToMs: number;
}

/** Throws an error whose message is for people when the files are no certificate with its key. */
export function loadCertificate(files: CertificateFiles): LoadedCertificate {
  const [cert, key] = [read(files.cert), read(files.key)];
  // Node takes an empty key for none, and every handshake would fail.
  if (key === '') throw new Error(`${files.key} is empty`);
  const context = tlsContext({ cert, key });
  const certificate = new X509Certificate(cert);
  const { publicKey, subjectAltName = '', validFrom, validTo } = certificate;
  const spki = publicKey.export({ type: 'spki', format: 'der' });
  const [, host] = /DNS:([^*,\s"]+)/.exec(subjectAltName) ?? [];
  return {
    context,
    keySha256: createHash('sha256').update(spki).digest('hex'),
    isSelfSigned: certificate.subject === certificate.issuer && certificate.verify(publicKey),
    host,
    validFromMs: Date.parse(validFrom),
    validToMs: Date.parse(validTo),
  };
}

/** Reading a named pipe would stop the server until somebody writes to it. */
function read(path: string): string {
  if (!statSync(path).isFile()) throw new Error(`${path} is no regular file`);
  return readFileSync(path, 'utf8');
}

/** Tells one state of the files, which may be missing, from the next, also behind symbolic links. */
export function signatureOf({ cert, key }: CertificateFiles): string {
  const states = [cert, key].map((file) => statSync(file, { throwIfNoEntry: false }));
  return states.map((state) => `${state?.ino} ${state?.size} ${state?.mtimeMs}`).join(' ');
}

const dayMs = 86_400_000;
const validDays = 20 * 365;
/** At a start, a certificate of our own that ends sooner is made again. */
const renewDays = 365;

/**
 * Makes a self-signed certificate for this machine, unless there is one. The private key stays the same for ever, and
 * with it the fingerprint that clients know.
 */
export function makeOwnCertificate(files: CertificateFiles, nowMs: number): void {
  if (!existsSync(files.key)) {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    write(files.key, privateKey.export({ type: 'pkcs8', format: 'pem' }).toString());
  } else if (existsSync(files.cert)) {
    const { validTo } = new X509Certificate(readFileSync(files.cert));
    if (Date.parse(validTo) > nowMs + renewDays * dayMs) return;
  }
  const made = makeCertificate({
    name: 'earshot',
    hosts: ['localhost', '127.0.0.1'],
    privateKey: createPrivateKey(readFileSync(files.key)),
    // A client's clock may be late.
    validFromMs: nowMs - dayMs,
    validToMs: nowMs + validDays * dayMs,
  });
  write(files.cert, made);
}

/** A crash leaves the whole file or none. */
function write(file: string, text: string): void {
  writeFileSync(`${file}.new`, text, { mode: 0o600, flush: true });
  renameSync(`${file}.new`, file);
}
