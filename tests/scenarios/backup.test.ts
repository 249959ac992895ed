import assert from 'node:assert/strict';
import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import { backup, DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { ParcelClient, textsOf } from '../support/parcel-client.ts';
import { testServer } from '../support/server.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { WireClient } from '../support/wire-client.ts';

const password = { Password: 'correct horse' };

test('a copy that was made while the server ran is a server again, as docs/operating.md has it', async (context) => {
  const [dataFolder, copy] = [await temporaryFolder(context), await temporaryFolder(context)];
  const first = await testServer(context, { dataFolder, accounts: { alice: password.Password } });
  const { client: alice } = await ParcelClient.enter(context, first, 'LOGIN alice', {
    ...password,
    Follow: 'apple',
  });
  const bob = await WireClient.register(context, first, 'bob', '\n');
  bob.send('an apple\n!attach note.txt apple\n');
  assert.equal(await bob.line(), 'ATTACH note.txt CHAT/1.0');
  assert.match(await bob.ask('Content-Length: 4\nnote'), /distributed/);

  // In the order of that page.
  for (const name of ['accounts.db', 'earshot.db']) {
    const database = new DatabaseSync(join(dataFolder, name), { readOnly: true });
    await backup(database, join(copy, name));
    database.close();
  }
  await cp(join(dataFolder, 'attachments'), join(copy, 'attachments'), { recursive: true });
  bob.send('an apple that the copy does not have\n');
  await alice.next();
  await alice.next();
  const lost = await alice.next();
  await first.close();

  const log = new DatabaseSync(join(copy, 'earshot.db'));
  log.exec('UPDATE meta SET epoch = lower(hex(randomblob(16)))');
  log.close();
  const server = await testServer(context, { dataFolder: copy });
  const { client: back } = await ParcelClient.enter(context, server, 'LOGIN alice', {
    ...password,
    Since: lost.headers.Position ?? '',
    Epoch: 'before',
  });
  assert.equal((await back.next()).start, 'RESET CHAT/1.1');
  assert.equal((await back.ask('FOLLOWS')).body, 'apple\n@alice\n@all\n');
  back.send('HISTORY');
  const history = await back.until('200 End');
  assert.deepEqual(textsOf(history), ['an apple']);
  assert.equal(history.at(-2)?.headers.Name, 'note.txt');
  const carol = await WireClient.register(context, server, 'carol');
  carol.send('another apple\n');
  assert.equal((await back.next()).body, 'another apple');
});
