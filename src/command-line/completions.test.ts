import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { temporaryFolder } from '../../tests/support/temporary-folder.ts';
import { createProgram } from '../main.ts';
import { commandRows } from './command-rows.ts';
import { completions } from './completions.ts';
import { manPage } from './man-page.ts';

const table = commandRows(await createProgram());
const has = (program: string): boolean => spawnSync(program, ['--version']).error === undefined;

describe('the command table', () => {
  it('has every command and option, and the help of each', () => {
    const names = table.map(({ name }) => name);
    for (const name of ['serve', 'join', 'tail', 'send', 'completion']) assert.ok(names.includes(name), name);
    for (const { options } of table) assert.ok(options.some(({ long }) => long === '--help'));
    const port = table.find(({ name }) => name === 'serve')?.options.find(({ long }) => long === '--port');
    assert.deepEqual([port?.short, port?.value, port?.variable], ['-p', '<number>', 'EARSHOT_PORT']);
  });
});

describe('the man page', () => {
  const page = manPage(table, '1.2.3');

  it('names every command, argument and option', () => {
    for (const { name, arguments: words, options } of table) {
      const from = page.indexOf(`.SS "earshot ${name.replaceAll('-', '\\-')}`);
      assert.ok(from >= 0, name);
      const section = page.slice(from, page.indexOf('\n.S', from + 1));
      for (const { usage } of words) assert.ok(section.includes(`.I ${usage.replaceAll('-', '\\-')}`), usage);
      for (const { long } of options)
        assert.ok(section.includes(long.replaceAll('-', '\\-')), `${name} ${long}`);
    }
  });

  it('says that an argument takes several words, and which values it takes', () => {
    assert.match(page, /^\.I <text\.\.\.>$/m);
    assert.match(page, /One of: open, closed, invite\.$/m);
  });

  it('is roff without errors', { skip: !has('groff') && 'groff is not installed' }, () => {
    const { stdout, stderr } = spawnSync('groff', ['-man', '-Tutf8', '-ww'], {
      input: page,
      encoding: 'utf8',
    });
    assert.equal(stderr, '');
    assert.match(stdout.replace(/.\u0008/g, ''), /--metrics-token-file <file>/);
  });
});

describe('completions', () => {
  for (const [shell, make] of Object.entries(completions)) {
    it(`for ${shell} name every command and option`, () => {
      const lines = make(table).split('\n');
      for (const { name, options } of table) {
        const [last = ''] = name.split(' ').slice(-1);
        const own = lines.filter((line) => new RegExp(`\\b${last}\\b`).test(line)).join('\n');
        for (const { long } of options) {
          const word = shell === 'fish' ? `-l '${long.slice(2)}'` : long;
          assert.ok(own.includes(word), `${name} ${long}`);
        }
      }
    });

    it(`for ${shell} name the values of an argument`, () => {
      assert.match(make(table), /registration.*\bopen closed invite\b/);
    });

    it(
      `for ${shell} are a valid script`,
      { skip: !has(shell) && `${shell} is not installed` },
      async (context) => {
        // fish reads no script from a socket, which is what the input of a child of Node is.
        const file = join(await temporaryFolder(context), 'script');
        writeFileSync(file, make(table));
        execFileSync(shell, ['-n', file], { stdio: ['ignore', 'ignore', 'inherit'] });
      },
    );
  }

  it('work in fish', { skip: !has('fish') && 'fish is not installed' }, async (context) => {
    const folder = await temporaryFolder(context);
    const file = join(folder, 'script');
    writeFileSync(file, completions.fish?.(table) ?? '');
    const complete = (line: string): string[] => {
      const run = `source ${file}; complete -C '${line}'`;
      const text = execFileSync('fish', ['-c', run], {
        encoding: 'utf8',
        cwd: folder,
        env: { ...process.env, HOME: folder, XDG_CONFIG_HOME: folder, XDG_DATA_HOME: folder },
      });
      return text
        .split('\n')
        .filter((word) => word !== '')
        .map((word) => word.split('\t')[0] ?? '');
    };
    assert.deepEqual(complete('earshot ser'), ['serve']);
    assert.deepEqual(complete('earshot admin registration ').sort(), ['closed', 'invite', 'open']);
    assert.deepEqual(complete('earshot serve --log-format ').sort(), ['json', 'pretty']);
  });

  it('work in bash', () => {
    const complete = (...words: readonly string[]): string[] => {
      const run = `COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _earshot; printf '%s\\n' "\${COMPREPLY[@]}"`;
      const script = `${completions.bash?.(table)}\n${run}`;
      const text = execFileSync('bash', ['--norc', '-c', script, 'bash', 'earshot', ...words], {
        encoding: 'utf8',
      });
      return text.split('\n').filter((word) => word !== '');
    };
    assert.deepEqual(complete('ser'), ['serve']);
    assert.ok(complete('').length > 10);
    assert.deepEqual(complete('serve', '--log-f'), ['--log-format']);
    assert.deepEqual(complete('serve', '--log-format', ''), ['pretty', 'json']);
    assert.deepEqual(complete('serve', '--port', ''), []);
    assert.ok(complete('serve', '--metrics-token-file', '/etc/host').includes('/etc/hosts'));
    assert.deepEqual(complete('serve', 'x'), []);
    assert.deepEqual(complete('completion', ''), ['bash', 'zsh', 'fish']);
    assert.deepEqual(complete('admin', 'registration', 'c'), ['closed']);
  });
});
