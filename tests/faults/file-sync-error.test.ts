import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readdir } from 'node:fs/promises';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { straceMissing } from '../support/strace.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const program = fileURLToPath(new URL('../support/file-child.ts', import.meta.url));

test(
  'a file is not stored when the disk failed to sync a part of it, which the kernel does not tell of again',
  { skip: straceMissing() },
  async (context) => {
    const folder = await temporaryFolder(context);
    // The first sync of a part fails, and takes so long that all is written before; those of the whole succeed.
    const failing = 'inject=fdatasync:error=EIO:when=1:delay_enter=200000';
    const strace = ['--seccomp-bpf', '-f', '-qq', '-o', '/dev/null', '-e', 'trace=fdatasync', '-e', failing];
    const { stdout } = await promisify(execFile)('strace', [...strace, process.execPath, program, folder]);
    assert.equal(stdout, 'EIO\n');
    assert.deepEqual(await readdir(folder), []);
  },
);
