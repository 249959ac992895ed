import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { closeSync, constants, openSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { FakeClock } from '../../../tests/support/fake-clock.ts';
import { temporaryFolder } from '../../../tests/support/temporary-folder.ts';
import { LineSink } from './line-sink.ts';

test('a pipe that nobody reads takes lines up to a bound, and the number of dropped lines is reported', async (context) => {
  const fifo = join(await temporaryFolder(context), 'log');
  execFileSync('mkfifo', [fifo]);
  const fd = openSync(fifo, constants.O_RDWR);
  const reader = openSync(fifo, constants.O_RDONLY | constants.O_NONBLOCK);
  context.after(() => {
    closeSync(fd);
    closeSync(reader);
  });
  const clock = new FakeClock();
  const output = { fd, writableLength: 0, write: () => assert.fail(), on() {} };
  const sink = new LineSink(output, clock, (lines) => `${JSON.stringify({ lines })}\n`);
  for (let at = 0; at < 2_000; at++) sink.write(`${String(at).padStart(1_000)}\n`);
  let text = '';
  const buffer = Buffer.alloc(64 * 1024);
  for (let quiet = 0; quiet < 3; ) {
    clock.advance(100);
    try {
      const bytes = readSync(reader, buffer);
      text += buffer.toString('latin1', 0, bytes);
      quiet = 0;
    } catch {
      quiet++;
    }
  }
  const lines = text.split('\n').slice(0, -1);
  const last = JSON.parse(lines.at(-1) ?? '');
  assert.equal(lines.length - 1 + last.lines, 2_000);
  assert.ok(last.lines > 1_000);
  for (const [at, line] of lines.slice(0, -1).entries()) assert.equal(Number(line), at);
});
