import assert from 'node:assert/strict';
import { randomInt } from 'node:crypto';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { openSqliteLog } from '../../src/server/log/sqlite-log.ts';
import type { Entry } from '../../src/server/messages/entry.ts';
import { allEntriesWith, committedTexts, runLogProcess } from '../support/log-process.ts';
import { appendAll, LogRecorder, textDraft } from '../support/log-recorder.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const rounds = 6;

test('what was told to be committed is there after the process was killed', async (context) => {
  const seed = Number(process.env.SEED ?? randomInt(2 ** 31));
  context.diagnostic(`SEED=${seed} runs the same rounds again, though not the same moments`);
  const choose = chooser(seed);
  const file = join(await temporaryFolder(context), 'log.db');
  const told = new Map<number, string>();
  let last = { epoch: '', head: 0 };
  for (let round = 0; round < rounds; round++) {
    const lines = await runLogProcess(context, {
      file,
      label: `r${round}`,
      inFlight: choose([1, 8, 64, 1000]),
      tailEntries: choose([1, 100, 2000, 16_384]),
      // The delay is not to wait for anything: it has the kill fall at any moment of a commit.
      kill: { after: choose([1, 10, 300, 3000, 10_000]), delayMs: choose([0, 1, 2, 3, 5, 20, 60]) },
    });
    const committed = committedTexts(lines);
    assert.equal(committed.size, lines.length, 'nothing else happened');
    for (const [position, text] of committed) {
      assert.ok(position > last.head, 'positions go on growing');
      told.set(position, text);
    }
    last = await checkAll(context, file, told, last.epoch);
  }
});

/** Opens the log, looks for everything that was told, and appends one entry more. */
async function checkAll(
  context: TestContext,
  file: string,
  told: Map<number, string>,
  epoch: string,
): Promise<{ readonly epoch: string; readonly head: number }> {
  const recorder = new LogRecorder();
  const log = await openSqliteLog({ file, observer: recorder });
  try {
    const entries = await allEntriesWith(log, '*');
    context.diagnostic(`${told.size} told, ${entries.length} there`);
    const there = new Map(entries.map((entry) => [entry.position, textOf(entry)]));
    assert.equal(there.size, entries.length);
    for (const [position, text] of told) assert.equal(there.get(position), text);
    assert.deepEqual(await allEntriesWith(log, 'crash'), entries, 'the key finds them all');
    for (const key of ['w5', 'r0', 'r0n1']) {
      const expected = entries.filter((entry) => textOf(entry).split(' ').includes(key));
      assert.deepEqual(await allEntriesWith(log, key), expected);
    }
    assert.equal(log.epoch, epoch || log.epoch);
    const [next] = await appendAll(log, recorder, [textDraft('checker', 'crash survived')]);
    assert.ok(next !== undefined && next.position > Math.max(0, ...there.keys().map(Number)));
    told.set(next.position, textOf(next));
    return { epoch: log.epoch, head: log.head };
  } finally {
    await log.close();
  }
}

function textOf({ message }: Entry): string {
  return message.kind === 'attachment' ? '' : message.text;
}

/** Chooses among values, always the same ones for a seed (a linear congruential generator). */
function chooser(seed: number): <T>(values: readonly [T, ...T[]]) => T {
  let state = seed;
  return ([...values]) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return values[Math.floor((state / 2 ** 32) * values.length)] ?? values[0];
  };
}
