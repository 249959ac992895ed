import assert from 'node:assert/strict';
import { it, type TestContext } from 'node:test';
import fc from 'fast-check';
import type { Draft, Entry } from '../../src/server/messages/entry.ts';
import { privateTo } from '../../src/server/messages/keys.ts';
import { type LogFactory, openLog } from '../support/log-factory.ts';
import { asked, positionsOf } from '../support/log-positions.ts';
import { appendAll, attachmentDraft, LogRecorder, textDraft } from '../support/log-recorder.ts';
import { propertyRuns } from '../support/property-runs.ts';

/** What is pruned is gone for every question, what is younger stays, and positions never come back. */
export function testPruning(create: (test: TestContext) => Promise<LogFactory>): void {
  it('prunes what is older, up to the first entry that is not', async (test) => {
    const { log, recorder } = await openLog(test, create);
    await log.prune(1000);
    assert.equal(log.prunedThrough, 0);
    const ids = ['a', 'b'].map((digit) => digit.repeat(32));
    await appendAll(log, recorder, [
      attachmentDraft('alice', ['apple'], { id: ids[0] ?? '', timeMs: 10 }),
      textDraft('alice', 'apple', 20),
      attachmentDraft('alice', ['apple'], { id: ids[1] ?? '', timeMs: 30 }),
      textDraft('alice', 'apple', 15),
    ]);
    await log.prune(20);
    assert.equal(log.prunedThrough, 1, 'one that is as old as that stays');
    await log.prune(25);
    assert.equal(log.prunedThrough, 2);
    assert.deepEqual(await positionsOf(log, 'apple'), [3, 4], 'with an older one behind a younger one');
    assert.deepEqual(await positionsOf(log, '*'), [3, 4]);
    assert.equal(await log.attachment(ids[0] ?? ''), undefined);
    assert.equal((await log.attachment(ids[1] ?? ''))?.position, 3);
    await log.prune(5);
    assert.equal(log.prunedThrough, 2, 'never falls');
  });

  it('has exactly what is younger, and gives no position twice, also when opened again', async (test) => {
    const say = fc.record({ kind: fc.constant('say' as const), timeMs: fc.nat(20), draft: fc.nat(4) });
    const prune = fc.record({ kind: fc.constant('prune' as const), timeMs: fc.nat(20) });
    const reopen = fc.record({ kind: fc.constant('reopen' as const) });
    // Opening costs the most by far.
    const step = fc.oneof(
      { arbitrary: say, weight: 4 },
      { arbitrary: prune, weight: 2 },
      { arbitrary: reopen, weight: 1 },
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 30 }), async (steps) => {
        const opened = await openLog(test, create);
        let { log, recorder } = opened;
        let kept: Entry[] = [];
        let head = 0;
        let pruned = 0;
        const known = new Map<string, number>();
        for (const each of steps) {
          if (each.kind === 'say') {
            const draft = draftOf(each.draft, each.timeMs);
            const repeated = draft.retryId === undefined ? undefined : known.get(draft.retryId);
            log.append(draft, undefined);
            await recorder.untilAnswered(recorder.appended.length + 1);
            const { entry, isRepeat } = recorder.appended.at(-1) ?? assert.fail();
            assert.equal(isRepeat, repeated !== undefined);
            assert.equal(entry.position, repeated ?? head + 1);
            if (!isRepeat) kept.push(entry);
            if (draft.retryId !== undefined) known.set(draft.retryId, entry.position);
            head = Math.max(head, entry.position);
          } else if (each.kind === 'prune') {
            await log.prune(each.timeMs);
            const first = kept.findIndex(({ timeMs }) => timeMs >= each.timeMs);
            const gone = kept.slice(0, first === -1 ? kept.length : first);
            pruned = gone.at(-1)?.position ?? pruned;
            kept = kept.slice(gone.length);
            for (const [id, position] of known) if (position <= pruned) known.delete(id);
          } else {
            await log.close();
            recorder = new LogRecorder();
            log = await opened.open(recorder);
          }
          assert.equal(log.head, head);
          assert.equal(log.prunedThrough, pruned);
        }
        const read = await log.read({
          ...asked('*'),
          spans: [asked('*'), asked(privateTo('bob'))].flatMap(({ spans }) => spans),
        });
        assert.deepEqual(read, { entries: kept, after: 0, through: head });
        const apples = kept.filter(({ message }) => 'text' in message && message.text.includes('apple'));
        assert.deepEqual(
          await positionsOf(log, 'apple'),
          apples.filter(({ message }) => message.kind === 'text').map(({ position }) => position),
        );
        await log.close();
      }),
      { numRuns: propertyRuns(5, 30) },
    );
  });

  it('accounts for whatever is missing in a page, and goes on taking messages', async (test) => {
    const { log, recorder } = await openLog(test, create);
    const count = 2000;
    await appendAll(
      log,
      recorder,
      Array.from({ length: count }, (_, index) => textDraft('alice', `apple n${index} m${index}`, index)),
    );
    let isDone = false;
    const pruning = log.prune(count).then(() => {
      isDone = true;
    });
    let said = 0;
    while (!isDone) {
      log.append(textDraft('alice', 'apple', count), undefined);
      said++;
      await recorder.untilAnswered(count + said);
      for (const key of ['*', 'apple']) {
        const { head } = log;
        const positions = await positionsOf(log, key);
        const from = (positions[0] ?? head + 1) - 1;
        assert.ok(from <= log.prunedThrough);
        assert.deepEqual(
          positions,
          Array.from({ length: head - from }, (_, index) => from + index + 1),
        );
      }
    }
    await pruning;
    assert.equal(log.prunedThrough, count);
    assert.equal((await positionsOf(log, 'apple')).length, said);
  });

  it('stops pruning when it is closed', async (test) => {
    const { log, recorder, open } = await openLog(test, create);
    await appendAll(
      log,
      recorder,
      Array.from({ length: 500 }, (_, index) => textDraft('alice', `apple n${index}`, 1)),
    );
    const pruning = log.prune(2);
    await log.close();
    await pruning;
    await log.prune(2);
    assert.equal(log.prunedThrough, (await open(new LogRecorder())).prunedThrough);
  });
}

/** Two of them under an id of their own. */
function draftOf(which: number, timeMs: number): Draft {
  if (which === 0) {
    return { timeMs, sender: 'alice', message: { kind: 'private', to: 'bob', text: 'an apple' } };
  }
  const draft = textDraft('alice', which === 1 ? 'pear' : `apple n${which}`, timeMs);
  return which > 2 ? { ...draft, retryId: `${which}` } : draft;
}
