import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import { joinCommands } from '../../src/protocol/commands/command-table.ts';
import { helpLines } from '../../src/protocol/commands/typed.ts';
import { runEarshot } from '../support/server-process.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const commands = [
  'join',
  'console',
  'menu',
  'send',
  'tail',
  'list',
  'history',
  'config',
  'logout',
  'completion',
];
const serverCommands = ['serve', 'admin', 'passwd', 'tokens', 'backup', 'restore'];
const width = { COLUMNS: '80' };

test('the help has each command in one line, and fits 80 columns', async () => {
  const { exitCode, stdout } = await runEarshot(['--help'], width);
  assert.equal(exitCode, 0);
  const listed = [...stdout.matchAll(/^ {2}([a-z]+) +[a-z].*$/gm)].map(([, name]) => name);
  assert.deepEqual(listed, [...commands, ...serverCommands]);
  for (const line of stdout.split('\n')) assert.ok(line.length <= 80, line);
});

test('`help join` is `join --help`, and `help` alone is `--help`', async () => {
  assert.deepEqual(await runEarshot(['help', 'join'], width), await runEarshot(['join', '--help'], width));
  assert.deepEqual(await runEarshot(['help'], width), await runEarshot(['--help'], width));
});

test('a reader who closes the output ends no command with an error', async () => {
  for (const argv of [['help'], ['completion', 'bash'], ['config']]) {
    const child = spawn(process.execPath, ['bin/earshot.js', ...argv], { stdio: ['ignore', 'pipe', 'pipe'] });
    child.stdout.destroy();
    const [errors, [code]] = await Promise.all([text(child.stderr), once(child, 'exit')]);
    assert.deepEqual([code, errors], [0, ''], argv.join(' '));
  }
});

test('only what asks a server has options for the way to it', async () => {
  for (const [command, count] of [
    ['list', 1],
    ['logout', 0],
  ] as const) {
    const { stdout } = await runEarshot([command, '--help'], width);
    assert.equal(stdout.match(/ --drop /g)?.length ?? 0, count, command);
    assert.equal(stdout.match(/ --trace /g)?.length ?? 0, count, command);
  }
});

test('without a name, a client says which words of its own give one', async (t) => {
  const env = { ...width, XDG_CONFIG_HOME: await temporaryFolder(t), EARSHOT_NAME: '' };
  for (const [command, words] of [
    ['join', 'NAME or --name'],
    ['logout', 'NAME or --name'],
    ['send', '--name NAME'],
    ['history', '--name NAME'],
  ] as const) {
    const { exitCode, stderr } = await runEarshot([command, 'chat://127.0.0.1:1'], env);
    assert.equal(exitCode, 64);
    assert.ok(stderr.startsWith(`earshot: your name is missing: give it as ${words}, or set `), stderr);
  }
});

test('each kind of wrong command line is an error of earshot, with a way to the help', async () => {
  for (const [argv, problem, help] of [
    [['help', 'jion'], "unknown command 'jion'", 'earshot --help'],
    [['jion', 'alice'], "unknown command 'jion'", 'earshot --help'],
    [['join', '--folow', 'x'], "unknown option '--folow'", 'earshot join --help'],
    [['passwd'], "missing required argument 'name'", 'earshot passwd --help'],
  ] as const) {
    const { exitCode, stdout, stderr } = await runEarshot(argv, width);
    assert.equal(exitCode, 64);
    assert.equal(stdout, '');
    assert.ok(stderr.startsWith(`earshot: ${problem}\n`), stderr);
    assert.ok(stderr.includes(`(${help} lists `), stderr);
  }
});

test('the README shows the whole list of `!help`, as it is printed', async () => {
  const readme = await readFile(new URL('../../README.md', import.meta.url), 'utf8');
  assert.ok(readme.includes(`> !help\n${helpLines(joinCommands).join('')}\`\`\`\n`));
});
