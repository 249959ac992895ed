import assert from 'node:assert/strict';
import { open, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { LogOpenError } from '../../src/server/log/opened.ts';
import { openSqliteLog } from '../../src/server/log/sqlite-log.ts';
import { appendAll, LogRecorder, textDraft } from '../support/log-recorder.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

test('a log that is found damaged while it is read is used no more, now and after a restart', async (context) => {
  const file = join(await temporaryFolder(context), 'log.db');
  const first = await openSqliteLog({ file, observer: new LogRecorder() });
  await first.close();
  const filling = new LogRecorder();
  const filled = await openSqliteLog({ file, observer: filling });
  const drafts = Array.from({ length: 2_000 }, (_, at) =>
    textDraft('alice', `crash ${at} ${'x'.repeat(2_000)}`),
  );
  await appendAll(filled, filling, drafts);
  await filled.close();
  const recorder = new LogRecorder();
  const log = await openSqliteLog({ file, observer: recorder });
  // Pages of entries in the middle of the file, which nobody has read yet.
  const { size } = await stat(file);
  const handle = await open(file, 'r+');
  await handle.write(Buffer.alloc(size / 4, 0xa5), 0, size / 4, size / 2 - ((size / 2) % 4096));
  await handle.close();
  const spans = [{ key: '*', after: 0, through: Number.POSITIVE_INFINITY }];
  const query = { spans, after: 0, pick: 'oldest', limit: 2_000, maxBytes: 100_000_000 } as const;
  await assert.rejects(log.read(query), /the log cannot be read/);
  assert.equal(recorder.failures.length, 1);
  log.append(textDraft('alice', 'after'), undefined);
  await new Promise<void>((resolve) => {
    const look = (): void => (recorder.refused.length > 0 ? resolve() : void setImmediate(look));
    look();
  });
  await log.close();
  await assert.rejects(openSqliteLog({ file, observer: new LogRecorder() }), (error: Error) => {
    assert.ok(error instanceof LogOpenError);
    assert.match(error.message, /damaged .*restore it from a backup/);
    return true;
  });
});
