import { createHash, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { type CertificateOptions, makeCertificate } from '../../src/server/tls/certificate.ts';
import type { TlsKeyPair } from '../../src/transport/tls-server.ts';

const dayMs = 86_400_000;

/** A private key with a certificate for it. */
export interface Certified extends TlsKeyPair {
  readonly privateKey: KeyObject;
  /** As `#sha256=` has it. */
  readonly keySha256: string;
}

export function newPrivateKey(): KeyObject {
  return generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
}

/** A certificate for localhost and 127.0.0.1 from yesterday until tomorrow, self-signed unless there is an issuer. */
export function certified(options: Partial<CertificateOptions> = {}): Certified {
  const { privateKey = newPrivateKey() } = options;
  const nowMs = Date.now();
  const cert = makeCertificate({
    ...{ name: 'test', hosts: ['localhost', '127.0.0.1'] },
    ...{ validFromMs: nowMs - dayMs, validToMs: nowMs + dayMs },
    ...options,
    privateKey,
  });
  const spki = createPublicKey(privateKey).export({ type: 'spki', format: 'der' });
  return {
    cert,
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    privateKey,
    keySha256: createHash('sha256').update(spki).digest('hex'),
  };
}
