import assert from 'node:assert/strict';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { ParcelClient } from '../support/parcel-client.ts';
import { testServer } from '../support/server.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

/** What a disk may have made of a row without SQLite's noticing. */
const damages = [
  "kind = 'tExt'",
  `terms = '["pi'`,
  'text = NULL',
  "sender = 'b' || char(10)",
  'time_ms = 9e15',
];
const unindex = 'DELETE FROM postings; DELETE FROM keys; UPDATE meta SET indexed_through = 0, key_count = 0';

for (const isIndexed of [true, false])
  test(`rows that the disk has changed cost their readers these messages only, ${isIndexed ? 'indexed' : 'not yet indexed'}`, async (t) => {
    const dataFolder = await temporaryFolder(t);
    const accounts = { alice: 'correct horse' };
    const first = await testServer(t, { dataFolder, accounts });
    const login = { Password: accounts.alice, Follow: 'apple, @bob' };
    const { client, answer } = await ParcelClient.enter(t, first, 'LOGIN alice', login);
    client.send('DISCONNECT');
    const bob = await ParcelClient.enter(t, first, 'REGISTER bob');
    for (let n = 1; n <= damages.length + 2; n++)
      assert.equal((await bob.client.ask('SEND', {}, `apple ${n}`)).start, '200 Sent');
    await first.close();

    const database = new DatabaseSync(join(dataFolder, 'earshot.db'));
    for (const [at, damage] of damages.entries())
      database.exec(`UPDATE entries SET ${damage} WHERE position = ${at + 2}`);
    if (!isIndexed) database.exec(unindex);
    database.close();

    const logged: string[] = [];
    const second = await testServer(t, { dataFolder, onLogLine: (line) => logged.push(line) });
    const since = { Password: accounts.alice, Since: 0, Epoch: answer.headers.Epoch ?? '' };
    const back = await ParcelClient.enter(t, second, 'LOGIN alice', since);
    const texts: string[] = [];
    for (let got = await back.client.next(); got.start.startsWith('MESSAGE'); got = await back.client.next())
      texts.push(`${got.headers.Position}: ${got.body}`);
    const lost = damages.map((_, at) => `${at + 2}: (the server cannot show this message)`);
    assert.deepEqual(texts, ['1: apple 1', ...lost, '7: apple 7']);
    const reported = logged.filter((line) => line.includes('a message cannot be shown as it is'));
    assert.equal(reported.length > 0, true, logged.join('\n'));
    assert.equal((await back.client.ask('SEND', {}, 'on it goes')).start, '200 Sent');
  });
