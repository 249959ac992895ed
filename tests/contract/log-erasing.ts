import assert from 'node:assert/strict';
import { it, type TestContext } from 'node:test';
import fc from 'fast-check';
import { type LogFactory, openLog } from '../support/log-factory.ts';
import { positionsOf } from '../support/log-positions.ts';
import { appendAll, attachmentDraft, LogRecorder, textDraft } from '../support/log-recorder.ts';
import { propertyRuns } from '../support/property-runs.ts';

/** What a sender stored is gone for every question; what others stored stays, under the same positions. */
export function testErasing(create: (test: TestContext) => Promise<LogFactory>): void {
  it('erases what one sender stored, and says which files they sent', async (test) => {
    const { log, recorder } = await openLog(test, create);
    const id = 'a'.repeat(32);
    await appendAll(log, recorder, [
      textDraft('alice', 'apple'),
      textDraft('bob', 'apple pie'),
      attachmentDraft('bob', ['apple'], { id }),
      { ...textDraft('bob', 'once'), retryId: 'x 1' },
    ]);
    const erased = await log.erase('bob');
    assert.deepEqual({ entries: erased.entries, files: erased.files }, { entries: 3, files: [id] });
    for (const key of ['apple', '*']) assert.deepEqual(await positionsOf(log, key), [1]);
    for (const key of ['pie', '@bob', 'once']) assert.deepEqual(await positionsOf(log, key), []);
    assert.equal(await log.attachment(id), undefined);
    assert.equal(await log.positionOf('bob', 'x 1'), undefined);
    assert.equal(await log.attachmentBytesSince('bob', 0), 0);
    assert.deepEqual({ ...(await log.erase('carol')) }, { entries: 0, files: [], isCompact: true });
  });

  it('gives no position twice, also when the newest entries were erased and the log is opened again', async (test) => {
    const say = fc.record({ kind: fc.constant('say' as const), sender: fc.nat(2), word: fc.nat(3) });
    const erase = fc.record({ kind: fc.constant('erase' as const), sender: fc.nat(2) });
    const reopen = fc.record({ kind: fc.constant('reopen' as const) });
    // Opening costs the most by far.
    const step = fc.oneof(
      { arbitrary: say, weight: 4 },
      { arbitrary: erase, weight: 2 },
      { arbitrary: reopen, weight: 1 },
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 25 }), async (steps) => {
        const opened = await openLog(test, create);
        let { log, recorder } = opened;
        let kept: { position: number; sender: string; word: string }[] = [];
        let head = 0;
        for (const each of steps) {
          if (each.kind === 'say') {
            const said = { position: ++head, sender: `user${each.sender}`, word: `word${each.word}` };
            await appendAll(log, recorder, [textDraft(said.sender, `${said.word} and more`)]);
            kept.push(said);
          } else if (each.kind === 'erase') {
            await log.erase(`user${each.sender}`);
            kept = kept.filter(({ sender }) => sender !== `user${each.sender}`);
          } else {
            await log.close();
            recorder = new LogRecorder();
            log = await opened.open(recorder);
          }
          assert.equal(log.head, head);
          for (const word of ['word0', 'word1', 'word2', 'word3', '@user0', '@user1', '@user2'])
            assert.deepEqual(
              await positionsOf(log, word),
              kept
                .filter((entry) => entry.word === word || `@${entry.sender}` === word)
                .map(({ position }) => position),
              word,
            );
        }
        await log.close();
      }),
      { numRuns: propertyRuns(4, 20) },
    );
  });
}
