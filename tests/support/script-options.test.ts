import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { test } from 'node:test';
import { scriptOptions } from './script-options.ts';

test('gives the options and the words', () => {
  const { values, positionals } = scriptOptions('unused', {
    args: ['one', '--seed', '7'],
    allowPositionals: true,
    options: { seed: { type: 'string' } },
  });
  assert.deepEqual([values.seed, positionals], ['7', ['one']]);
});

test('help is printed; an option that a script does not know ends it with its usage', () => {
  const script = path.join(import.meta.dirname, '../../tools/release.ts');
  const usage = 'usage: npm run release -- [FOLDER | --compare FOLDER]\n';
  const run = (...args: string[]) => spawnSync(process.execPath, [script, ...args], { encoding: 'utf8' });
  const help = run('--help');
  assert.deepEqual([help.status, help.stdout, help.stderr], [0, usage, '']);
  const unknown = run('--compare');
  assert.deepEqual([unknown.status, unknown.stdout, unknown.stderr], [64, '', usage]);
});
