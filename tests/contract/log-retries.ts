import assert from 'node:assert/strict';
import { it, type TestContext } from 'node:test';
import fc from 'fast-check';
import type { Draft } from '../../src/server/messages/entry.ts';
import { type LogFactory, openLog } from '../support/log-factory.ts';
import { LogRecorder, textDraft } from '../support/log-recorder.ts';
import { propertyRuns } from '../support/property-runs.ts';

/** Sending again under the same id is safe, at once and after the log was opened anew. */
export function testRetries(create: (test: TestContext) => Promise<LogFactory>): void {
  it('stores a draft once, however often it is sent under its id', async (test) => {
    const { log, recorder } = await openLog(test, create);
    for (const retryId of ['1', '2', '1', undefined, undefined, '2']) log.append(retried('alice', retryId));
    log.append(retried('bob', '1'));
    await recorder.untilAnswered(7);
    assert.deepEqual(
      recorder.appended.map(({ entry, isRepeat }) => [entry.position, isRepeat]),
      [
        [1, false],
        [2, false],
        [1, true],
        [3, false],
        [4, false],
        [2, true],
        [5, false],
      ],
    );
    assert.equal(log.head, 5);
    assert.equal(await log.positionOf('alice', '2'), 2);
    assert.equal(await log.positionOf('bob', '1'), 5);
    assert.equal(await log.positionOf('bob', '2'), undefined);
  });

  it('tells the same position for an id, whatever comes between, also when opened again', async (test) => {
    const sent = fc.record({
      sender: fc.constantFrom('alice', 'bob'),
      retryId: fc.constantFrom('a', 'b', 'c', undefined),
      // Opening costs the most by far.
      closes: fc.nat(3).map((chance) => chance === 0),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(sent, { minLength: 1, maxLength: 12 }), async (sends) => {
        const opened = await openLog(test, create);
        let { log, recorder } = opened;
        const told: [string, number, boolean][] = [];
        for (const { sender, retryId, closes } of sends) {
          log.append(retried(sender, retryId));
          await recorder.untilAnswered(recorder.appended.length + 1);
          const { entry, isRepeat } = recorder.appended.at(-1) ?? assert.fail();
          told.push([`${sender} ${retryId}`, entry.position, isRepeat]);
          if (!closes) continue;
          await log.close();
          recorder = new LogRecorder();
          log = await opened.open(recorder);
        }
        const known = new Map<string, number>();
        let newest = 0;
        for (const [key, position, isRepeat] of told) {
          assert.equal(isRepeat, known.has(key));
          assert.equal(position, known.get(key) ?? newest + 1);
          newest = Math.max(newest, position);
          if (!key.endsWith('undefined')) known.set(key, position);
        }
        await log.close();
      }),
      { numRuns: propertyRuns(5, 30) },
    );
  });
}

function retried(sender: string, retryId: string | undefined): Draft {
  return { ...textDraft(sender, 'apple'), ...(retryId !== undefined && { retryId }) };
}
