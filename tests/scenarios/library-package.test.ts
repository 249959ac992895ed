import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { join, resolve } from 'node:path';
import { describe, it } from 'node:test';
import { promisify } from 'node:util';

const root = resolve(import.meta.dirname, '../..');
const run = promisify(execFile);
const { nodeProblem } = await import(join(root, 'bin', 'node-version.js'));

describe('the package earshot', () => {
  it('can be imported and required', async () => {
    const print = 'Object.keys(earshot).sort().join()';
    const options = { cwd: root };
    const imported = await run(
      process.execPath,
      ['-p', `import('earshot').then((earshot) => console.log(${print})), ''`],
      options,
    );
    const required = await run(
      process.execPath,
      ['-e', `const earshot = require('earshot'); console.log(${print})`],
      options,
    );
    assert.match(imported.stdout, /connect,lookUp/);
    assert.equal(required.stdout.trim(), imported.stdout.trim());
  });

  it('says in plain words for which part a Node is too old', () => {
    const cases: readonly [string, boolean, string | undefined, string | undefined][] = [
      ['v20.20.2', false, undefined, 'earshot needs Node 22.12 or newer, and this is v20.20.2.'],
      ['v22.11.0', false, 'join', 'earshot join needs Node 22.12'],
      ['v22.12.0', false, 'join', undefined],
      ['v22.12.0', false, undefined, undefined],
      ['v24.6.0', false, 'serve', 'earshot serve needs Node 24.7'],
      ['v24.7.0', false, 'serve', undefined],
      ['v24.7.0', true, 'serve', 'earshot needs Node 26.0'],
      ['v26.0.0', true, undefined, undefined],
    ];
    for (const [version, isClone, command, expected] of cases) {
      const problem: string | undefined = nodeProblem(version, isClone, command);
      assert.equal(problem?.slice(0, expected?.length), expected);
    }
  });
});
