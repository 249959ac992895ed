import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import pino from 'pino';
import { certified, newPrivateKey } from '../../../tests/support/certificates.ts';
import { FakeClock } from '../../../tests/support/fake-clock.ts';
import { temporaryFolder } from '../../../tests/support/temporary-folder.ts';
import { FairTurns } from '../../scheduling/fair-turns.ts';
import type { CertificateOptions } from './certificate.ts';
import { ServerCertificate } from './server-certificate.ts';

const dayMs = 86_400_000;
const fromMs = Date.UTC(2026, 0, 1);
const validity = { validFromMs: fromMs, validToMs: fromMs + 90 * dayMs };

async function opened(
  folder: string,
  options: Partial<CertificateOptions> = {},
): Promise<{
  readonly clock: FakeClock;
  readonly warned: string[];
  readonly certificate: ServerCertificate;
}> {
  const files = { cert: join(folder, 'cert.pem'), key: join(folder, 'key.pem') };
  const { cert, key } = certified({ ...validity, ...options });
  await writeFile(files.cert, cert);
  await writeFile(files.key, key);
  const clock = new FakeClock();
  clock.setWall(fromMs - dayMs);
  const warned: string[] = [];
  const write = (line: string): void => {
    const { msg, from, until, reason } = JSON.parse(line);
    warned.push(`${msg}: ${from ?? until ?? reason}`);
  };
  const logger = pino({ level: 'warn' }, { write });
  const turns = new FairTurns(clock);
  const certificate = new ServerCertificate({
    files,
    isOwn: false,
    handshakeMs: 1_000,
    clock,
    turns,
    logger,
  });
  return { clock, warned, certificate };
}

test('warns once a day of a certificate that is not valid yet, that expires soon, and that has expired', async (t) => {
  const { clock, warned, certificate } = await opened(await temporaryFolder(t));
  const said: string[] = [];
  for (const day of [-1, -0.5, 0.5, 75, 77, 77.5, 78.1, 91]) {
    clock.setWall(fromMs + day * dayMs);
    clock.advance(5_000);
    said.push(...warned.splice(0).map((line) => `day ${day}: ${line}`));
  }
  certificate.stop();
  assert.deepEqual(said, [
    'day -1: the TLS certificate is not valid yet, or the clock is wrong: 2026-01-01T00:00:00.000Z',
    'day 77: the TLS certificate expires: 2026-04-01T00:00:00.000Z',
    'day 78.1: the TLS certificate expires: 2026-04-01T00:00:00.000Z',
    'day 91: the TLS certificate has expired: 2026-04-01T00:00:00.000Z',
  ]);
});

test('does not wait for what a named pipe brings in place of a new certificate', async (t) => {
  const folder = await temporaryFolder(t);
  const { clock, warned, certificate } = await opened(folder);
  clock.setWall(fromMs + dayMs);
  warned.length = 0;
  const before = certificate.keySha256;
  const pipe = join(folder, 'cert.pem');
  const made = spawnSync('sh', ['-c', 'rm "$0" && mkfifo "$0"', pipe]);
  assert.equal(made.status, 0, String(made.stderr));
  certificate.reload();
  certificate.stop();
  assert.equal(warned.length, 1);
  assert.match(warned[0] ?? '', /the old one stays in force: .*cert\.pem is no regular file/);
  assert.equal(certificate.keySha256, before);
});

test('warns at once of a new certificate that expires soon, also where it has just warned of the old one', async (t) => {
  const folder = await temporaryFolder(t);
  const { clock, warned, certificate } = await opened(folder);
  clock.setWall(fromMs + 77 * dayMs);
  clock.advance(5_000);
  warned.length = 0;
  const { cert, key } = certified({ ...validity, validToMs: fromMs + 80 * dayMs });
  await writeFile(join(folder, 'cert.pem'), cert);
  await writeFile(join(folder, 'key.pem'), key);
  clock.advance(5_000);
  certificate.stop();
  assert.deepEqual(warned, ['the TLS certificate expires: 2026-03-22T00:00:00.000Z']);
});

test('tells once of files that changed and cannot be used', async (t) => {
  const folder = await temporaryFolder(t);
  const { clock, warned, certificate } = await opened(folder);
  clock.setWall(fromMs + dayMs);
  warned.length = 0;
  await writeFile(join(folder, 'cert.pem'), 'torn');
  for (let look = 0; look < 3; look++) clock.advance(5_000);
  certificate.stop();
  assert.equal(warned.length, 1, warned.join());
});

test('gives clients the fingerprint of a certificate that its own key signed, not an issuer of the same name', async (t) => {
  for (const options of [{}, { issuer: { name: 'test', privateKey: newPrivateKey() } }]) {
    const { certificate } = await opened(await temporaryFolder(t), options);
    certificate.stop();
    assert.equal(certificate.fragment, 'issuer' in options ? '' : `#sha256=${certificate.keySha256}`);
  }
});
