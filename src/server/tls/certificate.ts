import { createPublicKey, type KeyObject, randomBytes, sign } from 'node:crypto';
import { isIP } from 'node:net';
import {
  bits,
  explicit,
  identifier,
  implicit,
  integer,
  octets,
  sequence,
  set,
  time,
  truth,
  utf8,
} from './der.ts';

/** Who signs a certificate. */
export interface Issuer {
  readonly name: string;
  /** An ECDSA key on P-256. */
  readonly privateKey: KeyObject;
}

export interface CertificateOptions {
  /** The common name. */
  readonly name: string;
  /** DNS names and IPv4 addresses for which it is valid. */
  readonly hosts: readonly string[];
  /** The key that it is for; also signs it, unless there is an issuer. */
  readonly privateKey: KeyObject;
  readonly issuer?: Issuer;
  /** Whether it may sign others. */
  readonly isAuthority?: boolean;
  /** Milliseconds since 1970. */
  readonly validFromMs: number;
  readonly validToMs: number;
}

const ecdsaWithSha256 = sequence(identifier('1.2.840.10045.4.3.2'));

/** Makes an X.509 certificate (RFC 5280), signed by ECDSA with SHA-256; returns it as PEM. */
export function makeCertificate(options: CertificateOptions): string {
  const { name, privateKey, validFromMs, validToMs } = options;
  const issuer = options.issuer ?? { name, privateKey };
  const body = sequence(
    explicit(0, integer(Buffer.from([2]))),
    integer(randomBytes(16)),
    ecdsaWithSha256,
    commonName(issuer.name),
    sequence(time(validFromMs), time(validToMs)),
    commonName(name),
    createPublicKey(privateKey).export({ type: 'spki', format: 'der' }),
    explicit(3, sequence(...extensions(options))),
  );
  const whole = sequence(body, ecdsaWithSha256, bits(sign('sha256', body, issuer.privateKey)));
  const lines = whole.toString('base64').match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`;
}

function commonName(name: string): Buffer {
  return sequence(set(sequence(identifier('2.5.4.3'), utf8(name))));
}

function extensions({ hosts, isAuthority = false }: CertificateOptions): Buffer[] {
  // Key usage: bit 0 is to sign handshakes, bit 5 to sign certificates.
  const usage = isAuthority ? bits(Buffer.from([0x84]), 2) : bits(Buffer.from([0x80]), 7);
  const all = [
    sequence(identifier('2.5.29.19'), truth(), octets(isAuthority ? sequence(truth()) : sequence())),
    sequence(identifier('2.5.29.15'), truth(), octets(usage)),
  ];
  if (!isAuthority) {
    all.push(sequence(identifier('2.5.29.37'), octets(sequence(identifier('1.3.6.1.5.5.7.3.1')))));
  }
  if (hosts.length > 0) {
    all.push(sequence(identifier('2.5.29.17'), octets(sequence(...hosts.map(generalName)))));
  }
  return all;
}

function generalName(host: string): Buffer {
  if (isIP(host) !== 4) return implicit(2, Buffer.from(host, 'ascii'));
  return implicit(7, Buffer.from(host.split('.').map(Number)));
}
