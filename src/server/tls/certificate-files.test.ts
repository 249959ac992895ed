import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { it } from 'node:test';
import { temporaryFolder } from '../../../tests/support/temporary-folder.ts';
import { loadCertificate, makeOwnCertificate } from './certificate-files.ts';

const dayMs = 86_400_000;
const yearMs = 365 * dayMs;

it('makes a certificate of its own for 20 years, for its owner alone, and again in the last of them', async (t) => {
  const folder = await temporaryFolder(t);
  const files = { cert: join(folder, 'cert.pem'), key: join(folder, 'key.pem') };
  const madeMs = Date.UTC(2026, 0, 1);
  const madeAt = (ms: number): X509Certificate => {
    makeOwnCertificate(files, ms);
    return new X509Certificate(readFileSync(files.cert));
  };
  const { serialNumber, validFrom, validTo } = madeAt(madeMs);
  assert.deepEqual([validFrom, validTo].map(Date.parse), [madeMs - dayMs, madeMs + 20 * yearMs]);
  for (const file of Object.values(files)) assert.equal(statSync(file).mode & 0o777, 0o600);
  const { keySha256 } = loadCertificate(files);
  assert.equal(madeAt(madeMs + 19 * yearMs - 1).serialNumber, serialNumber);
  assert.notEqual(madeAt(madeMs + 19 * yearMs).serialNumber, serialNumber);
  assert.equal(loadCertificate(files).keySha256, keySha256);
});
