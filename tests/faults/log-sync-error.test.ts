import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import { openSqliteLog } from '../../src/server/log/sqlite-log.ts';
import { allEntriesWith, committedTexts, runLogProcess } from '../support/log-process.ts';
import { LogRecorder } from '../support/log-recorder.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

/** The disk fails from the `when`-th sync on; opening takes fewer than the first of these. */
const cases = [
  { when: 30, inFlight: 1 },
  { when: 80, inFlight: 8 },
];

test(
  'after the disk failed to sync nothing is acknowledged any more',
  { skip: straceMissing() },
  async (context) => {
    for (const { when, inFlight } of cases) {
      const file = join(await temporaryFolder(context), 'log.db');
      const calls = 'fsync,fdatasync';
      const lines = await runLogProcess(context, {
        file,
        label: 'r0',
        inFlight,
        tailEntries: 20,
        under: [
          ...['strace', '--seccomp-bpf', '-f', '-qq', '-o', '/dev/null', '-e', `trace=${calls}`],
          ...['-e', `inject=${calls}:error=EIO:when=${when}+`],
        ],
      });
      const committed = committedTexts(lines);
      assert.ok(committed.size > 0, 'some came through before');
      assert.ok(committed.size < when * inFlight, 'there was a sync for every group');
      assert.deepEqual(
        lines.slice(committed.size).map((line) => line.replace(/:.*/, '')),
        ['failed the log cannot be written', 'refused closed 2', 'closed'],
        'then one failure, and nothing but refusals',
      );
      const log = await openSqliteLog({ file, observer: new LogRecorder() });
      const entries = await allEntriesWith(log, 'crash');
      await log.close();
      const there = new Map(
        entries.map(({ position, message }) => [position, message.kind === 'text' && message.text]),
      );
      for (const [position, text] of committed) assert.equal(there.get(position), text);
    }
  },
);

/** Why this cannot be tried here, for `skip`. Debian has strace, so where everything must be tried that is an error. */
function straceMissing(): string | false {
  if (spawnSync('strace', ['-qq', '-e', 'trace=none', 'true']).status === 0) return false;
  const problem = 'strace does not work here, so failing disks are not tried; Debian has it as "strace"';
  if (process.env.CI === 'true') throw new Error(problem);
  return problem;
}
