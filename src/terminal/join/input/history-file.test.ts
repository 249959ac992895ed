import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmod, mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { temporaryFolder } from '../../../../tests/support/temporary-folder.ts';
import { HistoryFile } from './history-file.ts';

async function pathIn(context: TestContext): Promise<string> {
  return join(await temporaryFolder(context), 'state', 'history');
}

/** Opens the file; problems fail the test, unless they are counted. */
function open(path: string, problems: string[] = []): HistoryFile {
  return new HistoryFile(path, (problem) => problems.push(problem));
}

describe('the history on the disk', () => {
  it('is there for the next run, for its owner only', async (context) => {
    const path = await pathIn(context);
    const problems: string[] = [];
    const history = open(path, problems);
    assert.deepEqual(history.lines, []);
    for (const line of ['one', 'a\ttab', ' ', 'zwei — ä']) history.add(line);
    assert.deepEqual(open(path, problems).lines, ['one', 'a\ttab', 'zwei — ä']);
    assert.equal((await stat(path)).mode & 0o777, 0o600);
    assert.equal((await stat(dirname(path))).mode & 0o777, 0o700);
    assert.deepEqual(problems, []);
  });

  it('has no private line, however it is written', async (context) => {
    const path = await pathIn(context);
    const history = open(path);
    for (const line of [
      '!msg bob x',
      ' !MSG bob x',
      '/msg bob x',
      '!password x',
      '!w bob x',
      '! msg bob x',
    ]) {
      history.add(line);
    }
    for (const line of ['!message', 'what !msg does', '!who', 'two\nrows', 'a\x1b[31m']) history.add(line);
    assert.deepEqual(open(path).lines, ['!message', 'what !msg does', '!who']);
  });

  it('takes the lines of several processes at the same time', async (context) => {
    const path = await pathIn(context);
    const both = [open(path), open(path)];
    for (let count = 0; count < 20; count++) both[count % 2]?.add(`line ${count}`);
    assert.equal(open(path).lines.length, 20);
  });

  it('is written anew with the last thousand lines when it has grown too long', async (context) => {
    const path = await pathIn(context);
    const history = open(path);
    history.add('first');
    await writeFile(path, Array.from({ length: 2_500 }, (_, index) => `line ${index}\n`).join(''));
    const { lines } = open(path);
    assert.equal(lines.length, 1_000);
    assert.equal(lines.at(-1), 'line 2499');
    assert.equal((await readFile(path, 'utf8')).split('\n').length, 1_001);
    assert.deepEqual(await readdir(dirname(path)), ['history']);
    assert.equal((await stat(path)).mode & 0o777, 0o600);
    history.add('one more');
    assert.equal(open(path).lines.at(-1), 'one more');
  });

  it('reads no more than the end of a file that is far too large', async (context) => {
    const path = await pathIn(context);
    await mkdir(dirname(path));
    await writeFile(path, `${'x'.repeat(3_000_000)}\nlast\n`);
    assert.deepEqual(open(path).lines, ['last']);
    assert.equal(await readFile(path, 'utf8'), 'last\n');
  });

  it('leaves out what is damaged', async (context) => {
    const path = await pathIn(context);
    await mkdir(dirname(path));
    await writeFile(path, Buffer.from('one\n\0\0\0\n\x1b]0;x\x07\n\n\xff\xfe\ntwo\nnot whole', 'latin1'));
    const problems: string[] = [];
    assert.deepEqual(open(path, problems).lines.slice(0, 1), ['one']);
    assert.equal(open(path).lines.at(-1), 'two');
    open(path).add('three');
    assert.equal(open(path).lines.at(-1), 'three');
    assert.deepEqual(problems, []);
  });

  it('takes away what others may do with the file', async (context) => {
    const path = await pathIn(context);
    open(path).add('one');
    await chmod(path, 0o644);
    open(path).add('two');
    assert.equal((await stat(path)).mode & 0o777, 0o600);
  });

  it('says once why it cannot be kept, and never fails', async (context) => {
    const folder = await temporaryFolder(context);
    await writeFile(join(folder, 'file'), '');
    await mkdir(join(folder, 'folder'));
    execFileSync('mkfifo', [join(folder, 'pipe')]);
    // Node's own recursive mkdir would never end in /proc.
    const inFolder = ['file/history', 'folder', 'pipe'].map((name) => join(folder, name));
    for (const path of [...inFolder, '/proc/earshot/history']) {
      const problems: string[] = [];
      const history = open(path, problems);
      history.add('one');
      history.add('two');
      assert.equal(problems.length, 1, path);
      assert.match(problems[0] ?? '', /^The history of what you type cannot be kept in /);
    }
  });
});
