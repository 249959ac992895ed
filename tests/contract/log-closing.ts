import assert from 'node:assert/strict';
import { it, type TestContext } from 'node:test';
import { type LogFactory, openLog } from '../support/log-factory.ts';
import { forever, query } from '../support/log-queries.ts';
import { LogRecorder, textDraft } from '../support/log-recorder.ts';

/** How a log ends: with all that it took, or in time. */
export function testClosing(create: (test: TestContext) => Promise<LogFactory>): void {
  it('commits and tells of what was appended before it closes, and refuses what comes after', async (test) => {
    const { log, recorder, open } = await openLog(test, create);
    for (let index = 0; index < 50; index++) log.append(textDraft('alice', `apple ${index}`));
    const reading = log.read(query([forever('*')]));
    const closing = log.close();
    const late = 99;
    log.append(textDraft('alice', 'too late'), late);
    assert.equal(recorder.refused.length, 0, 'not during the call');
    await Promise.all([closing, log.close()]);
    await recorder.untilAnswered(51);
    assert.equal(recorder.entries.length, 50);
    assert.deepEqual(recorder.refused, [{ ticket: late, reason: 'closed' }]);
    assert.equal(recorder.refused[0]?.ticket, late);
    assert.deepEqual((await reading).entries, [], 'what was asked before closing is answered');
    await assert.rejects(log.read(query([])), /closed/);
    await assert.rejects(log.attachmentBytesSince('alice', 0), /closed/);
    await assert.rejects(log.attachment('ab'.repeat(16)), /closed/);
    await assert.rejects(log.positionOf('alice', '1'), /closed/);
    const reopened = await open(new LogRecorder());
    assert.deepEqual((await reopened.read(query([forever('apple')]))).entries, recorder.entries);
    assert.deepEqual(recorder.failures, []);
  });

  it('refuses what it has not begun to commit in time, and keeps what it has', async (test) => {
    const { log, recorder, open } = await openLog(test, create);
    const text = 'apple '.repeat(10_000);
    for (let index = 0; index < 200; index++) log.append(textDraft('alice', text));
    await log.close(0);
    await recorder.untilAnswered(200);
    assert.deepEqual(
      [...new Set(recorder.refused.map(({ reason }) => reason))],
      recorder.refused.length > 0 ? ['closed'] : [],
    );
    const reopened = await open(new LogRecorder());
    assert.equal(reopened.head, recorder.entries.length);
    assert.deepEqual(recorder.failures, []);
  });

  it('closes when nothing was ever appended', async (test) => {
    const { log, recorder } = await openLog(test, create);
    await log.close();
    assert.deepEqual([recorder.groups, recorder.refused, recorder.failures], [[], [], []]);
  });
}
