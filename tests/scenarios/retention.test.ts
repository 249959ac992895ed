import assert from 'node:assert/strict';
import { mkdir, readdir, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { openSqliteLog } from '../../src/server/log/sqlite-log.ts';
import { appendAll, LogRecorder, textDraft } from '../support/log-recorder.ts';
import { testServer } from '../support/server.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const dayMs = 24 * 60 * 60 * 1000;

for (const retainDays of [7, undefined]) {
  test(`messages and files of ten days, kept for ${retainDays ?? 'ever'}`, async (context) => {
    const dataFolder = await temporaryFolder(context);
    const file = join(dataFolder, 'earshot.db');
    const recorder = new LogRecorder();
    const log = await openSqliteLog({ file, observer: recorder });
    const ages = [10, 9, 1];
    await appendAll(
      log,
      recorder,
      ages.map((days) => textDraft('alice', `said ${days} days ago`, Date.now() - days * dayMs)),
    );
    await log.close();
    const spool = join(dataFolder, 'attachments');
    await mkdir(spool, { mode: 0o700 });
    for (const [name, days] of [
      ['a'.repeat(32), 10],
      ['b'.repeat(32), 1],
    ] as const) {
      await writeFile(join(spool, name), 'bytes');
      await utimes(join(spool, name), new Date(), new Date(Date.now() - days * dayMs));
    }
    const lines: string[] = [];
    const told = Promise.withResolvers<void>();
    const server = await testServer(context, {
      dataFolder,
      ...(retainDays !== undefined && { retainDays }),
      onLogLine(line) {
        lines.push(JSON.parse(line).msg);
        if (lines.filter((each) => each.startsWith('old ')).length === 2) told.resolve();
      },
    });
    if (retainDays !== undefined) await told.promise;
    await server.close();
    const again = await openSqliteLog({ file, observer: new LogRecorder() });
    const spans = [{ key: '*', after: 0, through: Number.POSITIVE_INFINITY }];
    const page = await again.read({ spans, after: 0, pick: 'oldest', limit: 10, maxBytes: 10_000 });
    await again.close();
    const isForEver = retainDays === undefined;
    assert.equal(again.forgottenThrough, isForEver ? 0 : 2);
    assert.deepEqual(page.entries, isForEver ? recorder.entries : recorder.entries.slice(2));
    assert.equal((await readdir(spool)).length, isForEver ? 2 : 1);
  });
}
