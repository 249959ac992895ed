import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { generateKeyPairSync, X509Certificate } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { temporaryFolder } from '../../../tests/support/temporary-folder.ts';
import { type CertificateOptions, makeCertificate } from './certificate.ts';

const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const other = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
const fromMs = Date.UTC(2026, 0, 2, 3, 4, 5);

function made(options: Partial<CertificateOptions> = {}): X509Certificate {
  return new X509Certificate(
    makeCertificate({
      ...{ name: 'earshot', hosts: ['localhost', '127.0.0.1'], privateKey },
      ...{ validFromMs: fromMs, validToMs: Date.UTC(2046, 0, 2, 3, 4, 5), ...options },
    }),
  );
}

/** Why openssl cannot look at certificates here, for `skip`. In CI that is an error. */
function opensslMissing(): string | false {
  if (spawnSync('openssl', ['version']).error === undefined) return false;
  const problem = 'there is no openssl, so it verifies no certificate; Debian has it as "openssl"';
  if (process.env.CI === 'true') throw new Error(problem);
  return problem;
}

describe('makeCertificate', () => {
  it('makes a self-signed one that Node reads as it was meant', () => {
    const certificate = made();
    assert.equal(certificate.subject, 'CN=earshot');
    assert.equal(certificate.issuer, 'CN=earshot');
    assert.equal(certificate.subjectAltName, 'DNS:localhost, IP Address:127.0.0.1');
    assert.deepEqual(certificate.keyUsage, ['1.3.6.1.5.5.7.3.1']);
    assert.equal(certificate.ca, false);
    assert.equal(Date.parse(certificate.validFrom), fromMs);
    assert.equal(Date.parse(certificate.validTo), Date.UTC(2046, 0, 2, 3, 4, 5));
    assert.ok(certificate.checkPrivateKey(privateKey));
    assert.ok(certificate.verify(certificate.publicKey));
    assert.equal(certificate.checkHost('localhost'), 'localhost');
    assert.equal(certificate.checkHost('example.org'), undefined);
    assert.equal(certificate.checkIP('127.0.0.1'), '127.0.0.1');
  });

  it('lets an authority sign another one', () => {
    const authority = made({ name: 'Test Authority', hosts: [], privateKey: other, isAuthority: true });
    const certificate = made({ issuer: { name: 'Test Authority', privateKey: other } });
    assert.equal(authority.ca, true);
    assert.ok(certificate.checkIssued(authority));
    assert.ok(certificate.verify(authority.publicKey));
    assert.ok(!certificate.verify(certificate.publicKey));
  });

  it('writes years from 2050 on, and serial numbers that never repeat and never are negative', () => {
    const late = Date.UTC(2051, 11, 31, 23, 59, 59);
    assert.equal(Date.parse(made({ validToMs: late }).validTo), late);
    const serials = Array.from({ length: 50 }, () => made().serialNumber);
    assert.equal(new Set(serials).size, serials.length);
    assert.ok(serials.every((serial) => !serial.startsWith('-')));
  });

  it(
    'makes what openssl verifies, as its own root and under an authority',
    { skip: opensslMissing() },
    async (test) => {
      const folder = await temporaryFolder(test);
      const file = async (name: string, certificate: X509Certificate): Promise<string> => {
        const path = join(folder, name);
        await writeFile(path, certificate.toString());
        return path;
      };
      const own = await file('own.pem', made());
      const authority = await file(
        'ca.pem',
        made({ name: 'Test Authority', hosts: [], privateKey: other, isAuthority: true }),
      );
      const leaf = await file('leaf.pem', made({ issuer: { name: 'Test Authority', privateKey: other } }));
      const use = ['-purpose', 'sslserver', '-verify_hostname', 'localhost'];
      for (const [root, subject, ...options] of [
        [own, own, '-partial_chain'],
        [authority, leaf],
      ]) {
        const { stdout, stderr } = spawnSync(
          'openssl',
          ['verify', '-CAfile', root ?? '', ...options, ...use, subject ?? ''],
          { encoding: 'utf8' },
        );
        assert.match(stdout, /: OK$/m, stderr);
      }
    },
  );
});
