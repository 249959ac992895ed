import assert from 'node:assert/strict';
import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { it, type TestContext } from 'node:test';
import {
  appendAll,
  attachmentDraft,
  LogRecorder,
  privateDraft,
  textDraft,
} from '../../../tests/support/log-recorder.ts';
import { temporaryFolder } from '../../../tests/support/temporary-folder.ts';
import type { Draft, Entry } from '../messages/entry.ts';
import { privateTo } from '../messages/keys.ts';
import { migrate } from '../sqlite/migrations.ts';
import { Committer } from './committer.ts';
import { openForWriting } from './database.ts';
import type { Log } from './log.ts';
import { LogOpenError } from './opened.ts';
import { addDraft, type Cell, selectAttachment } from './rows.ts';
import { logSchema } from './schema.ts';
import { openSqliteLog } from './sqlite-log.ts';

async function newFile(test: TestContext): Promise<string> {
  return join(await temporaryFolder(test), 'log.db');
}

async function open(test: TestContext, options: Partial<Parameters<typeof openSqliteLog>[0]>): Promise<Log> {
  const file = options.file ?? (await newFile(test));
  const log = await openSqliteLog({ observer: new LogRecorder(), ...options, file });
  test.after(() => log.close());
  return log;
}

async function entriesWith(log: Log, key: string): Promise<readonly Entry[]> {
  const spans = [{ key, after: 0, through: Number.POSITIVE_INFINITY }];
  return (await log.read({ spans, after: 0, pick: 'oldest', limit: 10_000, maxBytes: 10_000_000 })).entries;
}

it('writes with the settings that durability depends on', async (test) => {
  const database = openForWriting({ file: await newFile(test), maxPages: undefined });
  const setting = (name: string) => Object.values(database.prepare(`PRAGMA ${name}`).get() ?? {})[0];
  assert.equal(setting('synchronous'), 2);
  assert.equal(setting('journal_mode'), 'wal');
  assert.equal(setting('foreign_keys'), 1);
  assert.equal(setting('trusted_schema'), 0);
  database.close();
});

it('makes its files private', async (test) => {
  const file = await newFile(test);
  await writeFile(file, '', { mode: 0o644 });
  const recorder = new LogRecorder();
  const log = await open(test, { file, observer: recorder });
  await appendAll(log, recorder, [textDraft('alice', 'secret')]);
  for (const name of [file, `${file}-wal`, `${file}-shm`]) {
    assert.equal((await stat(name)).mode & 0o777, 0o600, name);
  }
});

it('leaves one file when it closes', async (test) => {
  const file = await newFile(test);
  const recorder = new LogRecorder();
  const log = await open(test, { file, observer: recorder });
  await appendAll(log, recorder, [textDraft('alice', 'hello')]);
  await log.close();
  await assert.rejects(stat(`${file}-wal`), { code: 'ENOENT' });
  assert.ok((await stat(file)).size > 0);
});

it('finds entries that were committed but not indexed before a crash', async (test) => {
  const file = await newFile(test);
  const count = 5000;
  const database = openForWriting({ file, maxPages: undefined });
  const cells: Cell[] = [];
  for (let index = 0; index < count; index++) addDraft(cells, textDraft('alice', `apple n${index % 1000}`));
  new Committer(database).commit(cells);
  database.close();
  const log = await open(test, { file });
  assert.equal(log.head, count);
  assert.equal((await entriesWith(log, 'apple')).length, count);
  assert.deepEqual(
    (await entriesWith(log, 'n999')).map(({ position }) => position),
    [1000, 2000, 3000, 4000, 5000],
  );
  await log.close();
  const again = await open(test, { file });
  assert.equal((await entriesWith(again, 'apple')).length, count, 'and after it was indexed');
});

it('indexes what an older version had indexed before it opens, but for a short tail', async (test) => {
  const file = await newFile(test);
  const count = 200;
  const database = new DatabaseSync(file);
  database.exec('PRAGMA journal_mode = WAL');
  migrate(database, { ...logSchema, steps: logSchema.steps.slice(0, 5) });
  const cells: Cell[] = [];
  for (let index = 0; index < count; index++) addDraft(cells, textDraft('alice', '*apple*'));
  new Committer(database).commit(cells);
  database.exec(`UPDATE meta SET indexed_through = ${count}`);
  database.close();
  const log = await open(test, { file, tailEntries: 50 });
  const again = new DatabaseSync(file, { readOnly: true });
  const { indexed_through: indexed } = again.prepare('SELECT indexed_through FROM meta').get() ?? {};
  again.close();
  assert.ok(Number(indexed) >= count - 50, `${indexed} of ${count}`);
  assert.equal((await entriesWith(log, 'apple')).length, count);
});

it('reads what older versions wrote', async (test) => {
  const file = await newFile(test);
  const database = new DatabaseSync(file);
  database.exec('PRAGMA journal_mode = WAL');
  migrate(database, { ...logSchema, steps: logSchema.steps.slice(0, 2) });
  const drafts = [
    textDraft('alice', 'apple'),
    privateDraft('alice', 'bob', 'apple'),
    attachmentDraft('alice', ['apple']),
  ];
  const cells: Cell[] = [];
  for (const draft of drafts) addDraft(cells, draft);
  new Committer(database).commit(cells);
  database.close();
  const log = await open(test, { file });
  const [text, secret, attachment] = drafts.map((draft, index) => ({ position: index + 1, ...draft }));
  assert.deepEqual(await entriesWith(log, '*'), [text, attachment]);
  assert.deepEqual(await entriesWith(log, privateTo('bob')), [secret]);
  assert.deepEqual(await log.attachment('ab'.repeat(16)), attachment);
});

it('finds the entry that announced a file without a scan of all entries', async (test) => {
  const database = openForWriting({ file: await newFile(test), maxPages: undefined });
  const plan = database.prepare(`EXPLAIN QUERY PLAN ${selectAttachment}`).all('ab'.repeat(16), 7);
  const details = plan.map(({ detail }) => String(detail)).filter((detail) => detail.includes('entries'));
  assert.equal(details.length, 1);
  assert.match(details[0] ?? '', /^SEARCH entries USING INDEX files /);
  database.close();
});

it('refuses messages when there is no space, and works again afterwards', async (test) => {
  const file = await newFile(test);
  const recorder = new LogRecorder();
  const log = await open(test, { file, observer: recorder, maxPages: 100 });
  const sent: number[] = [];
  while (recorder.refused.length === 0) {
    const ticket = sent.length + 1;
    sent.push(ticket);
    log.append(textDraft('alice', `${sent.length} ${'x'.repeat(20_000)}`), ticket);
    await recorder.untilAnswered(sent.length);
  }
  assert.deepEqual(recorder.refused, [{ ticket: sent.at(-1), reason: 'full' }]);
  assert.equal(recorder.refused[0]?.ticket, sent.at(-1));
  assert.equal(recorder.entries.length, sent.length - 1);
  assert.equal(log.head, sent.length - 1);
  log.append(textDraft('alice', 'a small one'));
  await recorder.untilAnswered(sent.length + 1);
  assert.equal(
    log.head,
    sent.length,
    'a smaller message still fits, at the position that was never assigned',
  );
  assert.deepEqual(await entriesWith(log, '@alice'), recorder.entries);
  await log.close();
  assert.deepEqual(recorder.failures, []);
  const roomier = await open(test, { file });
  assert.deepEqual(await entriesWith(roomier, '@alice'), recorder.entries);
});

it('when there is no space, distinguishes repeats of stored messages from refused ones', async (test) => {
  const recorder = new LogRecorder();
  const log = await open(test, { file: await newFile(test), observer: recorder, maxPages: 100 });
  const draft = (retryId: string, text: string): Draft => ({ ...textDraft('alice', text), retryId });
  await appendAll(log, recorder, [draft('1', 'one'), draft('2', 'two')]);
  const told: unknown[] = [];
  recorder.onGroup = (group) => told.push(...group.map(({ entry, isRepeat }) => [entry.position, isRepeat]));
  recorder.onRefused = (tickets) => told.push(...tickets);
  const large = 'x'.repeat(600_000);
  for (const [ticket, id, text] of [
    [11, '2', 'two'],
    [12, '3', large],
    [13, '4', large],
    [14, '1', 'one'],
  ] as const) {
    log.append(draft(id, text), ticket);
  }
  await recorder.untilAnswered(6);
  assert.deepEqual(told, [[2, true], 12, 13, [1, true]]);
  assert.equal(log.head, 2);
});

it('reports a failure once, then neither stores nor reads', async (test) => {
  const file = await newFile(test);
  const recorder = new LogRecorder();
  const log = await open(test, { file, observer: recorder });
  await appendAll(log, recorder, [textDraft('alice', 'before')]);
  const vandal = new DatabaseSync(file);
  vandal.exec('DROP TABLE entries');
  vandal.close();
  await assert.rejects(entriesWith(log, '@alice'), /the log cannot be read: no such table/);
  for (let count = 0; count < 2000; count++) log.append(textDraft('alice', 'lost'), count);
  await assert.rejects(recorder.untilAnswered(2), /the log cannot be written: no such table/);
  await assert.rejects(entriesWith(log, '@alice'), /the log cannot be written/);
  const late = 9_999;
  log.append(textDraft('alice', 'late'), late);
  await log.close();
  assert.deepEqual(recorder.refused, [{ ticket: late, reason: 'closed' }]);
  assert.equal(recorder.entries.length, 1);
  assert.equal(recorder.failures.length, 1);
});

/** Opening must fail with a `LogOpenError` that says so, and leave the file as it was. */
async function assertRefused(file: string, problem: RegExp): Promise<void> {
  const before = await readFile(file).catch(() => undefined);
  await assert.rejects(openSqliteLog({ file, observer: new LogRecorder() }), (error) => {
    assert.ok(error instanceof LogOpenError);
    assert.match(error.message, problem);
    assert.ok(error.message.startsWith(file));
    assert.ok(!error.message.includes('\n'));
    return true;
  });
  assert.deepEqual(await readFile(file).catch(() => undefined), before);
}

it('refuses a file that is no database', async (test) => {
  const file = await newFile(test);
  await writeFile(file, 'Dear diary, today I wrote a chat server.\n'.repeat(1000));
  await assertRefused(file, /not an earshot log/);
});

it("refuses another program's database", async (test) => {
  const file = await newFile(test);
  const database = new DatabaseSync(file);
  database.exec('CREATE TABLE entries (title TEXT)');
  database.close();
  await assertRefused(file, /database of another program/);
});

it('refuses the database of a newer earshot', async (test) => {
  const file = await newFile(test);
  await (await open(test, { file })).close();
  const database = new DatabaseSync(file);
  database.exec('PRAGMA user_version = 7');
  database.close();
  await assertRefused(
    file,
    /written by a newer earshot \(schema 7, this one knows [0-9]+\); start that version/,
  );
});

it('refuses a folder, and a file in a folder that is not there', async (test) => {
  const folder = await temporaryFolder(test);
  await assertRefused(folder, /this is a folder/);
  await assertRefused(join(folder, 'missing', 'log.db'), /there is no such folder/);
});

it('checks the database after an unclean stop', async (test) => {
  const file = await newFile(test);
  const recorder = new LogRecorder();
  const log = await open(test, { file, observer: recorder });
  await appendAll(
    log,
    recorder,
    Array.from({ length: 500 }, (_, index) => textDraft('alice', `some text of number ${index}`)),
  );
  await log.close();
  const bytes = await readFile(file);
  bytes.fill(0x5a, bytes.length / 2, bytes.length / 2 + 4096);
  await writeFile(file, bytes);
  await writeFile(`${file}-wal`, 'cut off');
  await assert.rejects(
    openSqliteLog({ file, observer: recorder }),
    /log is damaged .*restore it from a backup/,
  );
});

it('says how far it is while it indexes everything again before it opens', async (test) => {
  const file = await newFile(test);
  const recorder = new LogRecorder();
  const log = await open(test, { file, observer: recorder });
  const drafts = Array.from({ length: 500 }, (_, at) => textDraft('alice', `apple ${at}`));
  await appendAll(log, recorder, drafts);
  await log.close();
  const database = new DatabaseSync(file);
  database.exec('DELETE FROM postings; UPDATE meta SET indexed_through = 0');
  database.close();
  const told: { done: number; of: number }[] = [];
  const options = {
    file,
    tailEntries: 1,
    progressMs: 0,
    onIndexing: (progress: (typeof told)[0]) => told.push(progress),
  };
  const again = await open(test, options);
  assert.deepEqual(told.at(-1), { done: 500, of: 500 });
  assert.equal((await entriesWith(again, 'apple')).length, 500);
});
