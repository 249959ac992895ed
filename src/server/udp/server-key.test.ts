import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { temporaryFolder } from '../../../tests/support/temporary-folder.ts';
import { identityFrom, keySha256Of } from '../../transport/udp/handshake/key-exchange.ts';
import { StartError } from '../start-error.ts';
import { openServerKey } from './server-key.ts';

describe('the key for UDP', () => {
  it('is made once, for its owner alone, and the same at the next start', async (context) => {
    const folder = await temporaryFolder(context);
    const file = join(folder, 'udp-key.pem');
    const made = openServerKey(file);
    assert.equal((await stat(file)).mode & 0o777, 0o600);
    assert.deepEqual(await readdir(folder), ['udp-key.pem'], 'nothing else is left');
    assert.deepEqual(openServerKey(file), made);
    assert.notDeepEqual(openServerKey(join(folder, 'other.pem')).secret, made.secret);
  });

  it('has the fingerprint that clients compute of what the server shows', async (context) => {
    const { secret, keySha256 } = openServerKey(join(await temporaryFolder(context), 'udp-key.pem'));
    assert.equal(keySha256Of(identityFrom(secret).publicKey), keySha256);
  });

  it('is not replaced when it is damaged or of another kind', async (context) => {
    const file = join(await temporaryFolder(context), 'udp-key.pem');
    const other = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
    for (const text of ['', 'damaged', other.export({ type: 'pkcs8', format: 'pem' }).toString()]) {
      await writeFile(file, text);
      assert.throws(
        () => openServerKey(file),
        (error) =>
          error instanceof StartError &&
          /udp-key.pem, the key for UDP.*put a copy of it there, which earshot backup does not make.*--no-udp/.test(
            error.message,
          ),
      );
      assert.equal(await readFile(file, 'utf8'), text);
    }
  });

  it('says why it cannot be made', async (context) => {
    const folder = await temporaryFolder(context);
    assert.throws(() => openServerKey(join(folder, 'none', 'udp-key.pem')), /ENOENT/);
  });
});
