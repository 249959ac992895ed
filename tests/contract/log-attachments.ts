import assert from 'node:assert/strict';
import { it, type TestContext } from 'node:test';
import type { Log } from '../../src/server/log/log.ts';
import { type LogFactory, openLog } from '../support/log-factory.ts';
import { appendAll, attachmentDraft, LogRecorder, textDraft } from '../support/log-recorder.ts';

/** What the log tells about files: how much a sender has sent, and what announced one. */
export function testAttachments(create: (test: TestContext) => Promise<LogFactory>): void {
  it('counts the attachments of one sender from a time on', async (test) => {
    const { log, recorder } = await openLog(test, create);
    await appendAll(log, recorder, [
      attachmentDraft('alice', ['a'], { bytes: 1, timeMs: 1000 }),
      attachmentDraft('bob', ['a'], { bytes: 10, timeMs: 2000 }),
      attachmentDraft('alice', ['a', 'b'], { bytes: 100, timeMs: 2000 }),
      attachmentDraft('alice', [], { bytes: 3_000_000_000_000, timeMs: 3000 }),
      textDraft('alice', 'a', 3000),
    ]);
    assert.equal(await log.attachmentBytesSince('alice', 0), 3_000_000_000_101);
    assert.equal(await log.attachmentBytesSince('alice', 1001), 3_000_000_000_100);
    assert.equal(await log.attachmentBytesSince('alice', 2000), 3_000_000_000_100);
    assert.equal(await log.attachmentBytesSince('alice', 3001), 0);
    assert.equal(await log.attachmentBytesSince('Alice', 0), 0);
  });

  it('finds what announced a file by the id of the file, also when opened again', async (test) => {
    const { log, recorder, open } = await openLog(test, create);
    const ids = Array.from({ length: 20 }, (_, index) => index.toString(16).padStart(32, '0'));
    const entries = await appendAll(
      log,
      recorder,
      ids.map((id, index) => attachmentDraft('alice', ['a'], { id, ...(index % 2 === 1 && { to: 'bob' }) })),
    );
    await appendAll(log, recorder, [textDraft('alice', ids[0] ?? '')]);
    const assertFound = async (log: Log): Promise<void> => {
      for (const [index, id] of ids.entries()) assert.deepEqual(await log.attachment(id), entries[index]);
      assert.equal(await log.attachment('f'.repeat(32)), undefined);
      assert.equal(await log.attachment(''), undefined);
    };
    await assertFound(log);
    await log.close();
    await assertFound(await open(new LogRecorder()));
  });
}
