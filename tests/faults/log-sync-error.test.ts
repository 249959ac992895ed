import assert from 'node:assert/strict';
import { copyFile, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { openSqliteLog } from '../../src/server/log/sqlite-log.ts';
import { runAccountsProcess } from '../support/accounts-process.ts';
import { allEntriesWith, committedTexts, runLogProcess } from '../support/log-process.ts';
import { appendAll, LogRecorder, textDraft } from '../support/log-recorder.ts';
import { straceMissing } from '../support/strace.ts';
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
      const lines = await runLogProcess(context, {
        file,
        label: 'r0',
        inFlight,
        tailEntries: 20,
        under: failingSyncs(when),
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

test(
  'after one failed sync, which the kernel does not tell of again, the files are left to the next start',
  { skip: straceMissing() },
  async (context) => {
    const folder = await temporaryFolder(context);
    const under = failingSyncs(30, '');
    const [log, accounts] = [join(folder, 'log.db'), join(folder, 'accounts.db')];
    const runs = [
      await runLogProcess(context, { file: log, label: 'r0', inFlight: 1, tailEntries: 1_000_000, under }),
      await runAccountsProcess(context, { file: accounts, label: 'r0', killAfter: 1_000, under }),
    ];
    for (const lines of runs) assert.ok(lines.some((line) => line.startsWith('failed ')));
    for (const file of [log, accounts]) {
      assert.ok((await stat(`${file}-wal`)).size > 0);
      assert.equal((await stat(file)).size, 4096, 'no checkpoint was made');
    }
  },
);

test(
  'what is acknowledged after a failed sync and a restart survives a power cut',
  { skip: straceMissing() },
  async (context) => {
    const file = join(await temporaryFolder(context), 'log.db');
    const lines = await runLogProcess(context, {
      file,
      label: 'before',
      inFlight: 1,
      tailEntries: 20,
      under: failingSyncs(30),
    });
    const acknowledged = committedTexts(lines);
    assert.ok(acknowledged.size > 0);
    const wal = await readFile(`${file}-wal`);
    const recorder = new LogRecorder();
    const log = await openSqliteLog({ file, observer: recorder });
    const drafts = Array.from({ length: 20 }, (_, at) => textDraft('alice', `crash after ${at}`));
    for (const { position, message } of await appendAll(log, recorder, drafts)) {
      assert.ok(message.kind === 'text');
      acknowledged.set(position, message.text);
    }
    // The pages of the failed sync, its last frame among them, were marked clean: they reach the disk only if written anew.
    const disk = join(await temporaryFolder(context), 'log.db');
    await copyFile(file, disk);
    const now = await readFile(`${file}-wal`);
    const hole = wal.length - walFrameBytes;
    if (now.subarray(hole, wal.length).equals(wal.subarray(hole))) now.fill(0, hole, wal.length);
    await writeFile(`${disk}-wal`, now);
    await log.close();
    const restored = await openSqliteLog({ file: disk, observer: new LogRecorder() });
    const there = new Map(
      (await allEntriesWith(restored, 'crash')).map(({ position, message }) => [
        position,
        message.kind === 'text' && message.text,
      ]),
    );
    await restored.close();
    for (const [position, text] of acknowledged) assert.equal(there.get(position), text);
  },
);

/** A page of 4 KiB and its header (https://sqlite.org/fileformat2.html#the_write_ahead_log). */
const walFrameBytes = 4096 + 24;

/** A command whose program meets EIO in the `when`-th sync of a thread, and in all behind it unless `further` is ''. */
function failingSyncs(when: number, further: '+' | '' = '+'): string[] {
  const calls = 'fsync,fdatasync';
  return [
    ...['strace', '--seccomp-bpf', '-f', '-qq', '-o', '/dev/null', '-e', `trace=${calls}`],
    ...['-e', `inject=${calls}:error=EIO:when=${when}${further}`],
  ];
}
