import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { it } from 'node:test';
import { temporaryFolder } from '../../../tests/support/temporary-folder.ts';
import { runCommand } from './message-command.ts';

const never = new AbortController().signal;

it('need not read its input, however long that is', async () => {
  await runCommand('exec <&-', {}, 'x'.repeat(1_000_000), never);
});

it('is told to end, and killed when it does not', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const folder = await temporaryFolder(t);
  for (const [before, how] of [
    ['', 'SIGTERM'],
    ['trap "" TERM; ', 'SIGKILL'],
  ] as const) {
    const leaving = new AbortController();
    const READY = join(folder, how);
    const command = `${before}touch "$READY"; sleep 20; true`;
    const ended = assert.rejects(runCommand(command, { READY }, '', leaving.signal), {
      message: `the command was ended by ${how}`,
    });
    while (!existsSync(READY)) await new Promise(setImmediate);
    leaving.abort();
    if (how === 'SIGKILL') t.mock.timers.tick(5_000);
    await ended;
  }
});

it('is told to end at once when it begins too late', async () => {
  const message = 'the command was ended by SIGTERM';
  await assert.rejects(runCommand('sleep 20; true', {}, '', AbortSignal.abort()), { message });
});
