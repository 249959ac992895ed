import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { connect } from '../../src/client-node/connect.ts';
import { transports } from '../support/bad-path.ts';
import { closing, next } from '../support/client-events.ts';
import { firstOf } from '../support/property-runs.ts';
import { testServer } from '../support/server.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const guest = { stateFolder: false, random: () => 0 } as const;
const sha256Of = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

describe('files of the client library', () => {
  for (const { name: over, udp, open } of firstOf(transports)) {
    it(`arrive over ${over} identical through cuts on both sides, and replace nothing`, async (t) => {
      const server = await testServer(t, { udp });
      const folder = await temporaryFolder(t);
      const content = randomBytes(3 * 1024 * 1024);
      const path = join(folder, 'note.bin');
      await writeFile(path, content);
      const { wire: up, address: toUp } = await open(t, server);
      const { wire: down, address: toDown } = await open(t, server);
      const alice = closing(t, await connect(toUp, { ...guest, name: 'alice' }));
      const bob = closing(t, await connect(toDown, { ...guest, name: 'bob', follow: ['apple'] }));
      const arrives = next(bob, 'attachment');
      const broken = up.cut(900_000, 'client').then(() => up.cut(1_200_000, 'client'));
      const progress: number[] = [];
      const sent = await alice.attach(
        path,
        { terms: ['apple'] },
        { onProgress: (done) => progress.push(done) },
      );
      await broken;
      assert.equal(up.cuts, 2);
      assert.deepEqual([sent.reached, sent.sha256], [1, sha256Of(content)]);
      assert.equal(progress.at(-1), content.length);
      const attachment = await arrives;
      assert.deepEqual(
        [attachment.from, attachment.name, attachment.bytes, attachment.matched],
        ['alice', 'note.bin', content.length, ['apple']],
      );
      const cut = down.cut(1_500_000).then(() => down.cut(400_000));
      assert.equal(await bob.fetch(attachment, folder), 'note (1).bin');
      await cut;
      assert.equal(down.cuts, 2);
      assert.deepEqual(await readFile(join(folder, 'note (1).bin')), content);
      assert.deepEqual((await readdir(folder)).sort(), ['note (1).bin', 'note.bin']);
    });
  }
});
