import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { Command } from 'commander';
import { temporaryFolder } from '../../tests/support/temporary-folder.ts';
import { clientCommands } from './own-machine.ts';
import { applySettings, settingKeys } from './settings.ts';
import { settingsPath } from './settings-file.ts';

/** Options of one run, which the file cannot set. */
const perRun = [
  'profile',
  'state',
  'host',
  'port',
  'since',
  'cursor',
  'exec',
  'count',
  'to',
  'attach',
  'terms',
].concat(['require-reached', 'limit', 'match', 'before', 'after', 'invitation', 'wait', 'drop', 'trace']);

test('every option of a client is a setting, or belongs to one run', () => {
  const options = clientCommands().flatMap(({ options }) => options);
  const keys = new Set(options.map(({ long }) => (long ?? '').replace(/^--(?:no-)?/, '')));
  assert.deepEqual([...keys].sort(), [...settingKeys, ...perRun].sort());
});

test('an option of several clients is explained in the same words; a clause may follow', () => {
  const words = new Map<string, Set<string>>();
  for (const { long, description } of clientCommands().flatMap(({ options }) => options)) {
    const first = description.split(';', 1)[0] ?? '';
    words.set(long ?? '', (words.get(long ?? '') ?? new Set()).add(first));
  }
  // `list` prints an array.
  words.delete('--json');
  for (const [long, descriptions] of words)
    assert.equal(descriptions.size, 1, `${long}: ${[...descriptions]}`);
});

/** Runs `join` with these arguments, environment and file, and returns its options and their sources. */
async function joinWith(
  context: TestContext,
  {
    args = [],
    env = {},
    file = {},
    profile,
  }: { args?: string[]; env?: object; file?: object; profile?: string },
): Promise<Command> {
  const before = { ...process.env };
  context.after(() => {
    for (const key of Object.keys(process.env)) if (!(key in before)) delete process.env[key];
    Object.assign(process.env, before);
  });
  Object.assign(process.env, { XDG_CONFIG_HOME: await temporaryFolder(context), ...env });
  const path = settingsPath(process.env);
  await mkdir(dirname(path));
  await writeFile(path, JSON.stringify(file));
  const command = clientCommands().find((each) => each.name() === 'join');
  assert.ok(command !== undefined);
  await command.action(() => {}).parseAsync(args, { from: 'user' });
  applySettings(command, () => profile);
  return command;
}

test('the command line wins over the environment, that over the profile, that over the file', async (context) => {
  const file = {
    name: 'file',
    url: 'file:1',
    rate: 1,
    downloads: '~/in',
    profiles: { p: { url: 'p:1', name: 'p' } },
  };
  const env = { EARSHOT_NAME: 'env', EARSHOT_URL: '' };
  const command = await joinWith(context, { args: ['--rate', '5'], env, file, profile: 'p' });
  const { name, url, rate, downloads } = command.opts();
  assert.deepEqual([name, url, rate, downloads], ['env', 'p:1', 5, `${homedir()}/in`]);
  const sources = ['name', 'url', 'rate', 'downloads', 'follow'].map((key) =>
    command.getOptionValueSource(key),
  );
  assert.deepEqual(sources, ['env', 'profile p', 'cli', 'file', 'default']);
});

test('what !set changes can begin otherwise', async (context) => {
  const file = { bell: false, notify: true, times: 'long', profiles: { desk: { bell: true, title: false } } };
  const { bell, title, notify, times } = (await joinWith(context, { file, args: ['--times', 'off'] })).opts();
  assert.deepEqual([bell, title, notify, times], [false, true, true, 'off']);
  const desk = (await joinWith(context, { file, profile: 'desk' })).opts();
  assert.deepEqual([desk.bell, desk.title, desk.notify, desk.times], [true, false, true, 'long']);
});

test('one way to get the password replaces the other', async (context) => {
  const file = { 'password-file': 'f', profiles: { p: { 'password-command': 'c' } } };
  const one = await joinWith(context, { file, profile: 'p' });
  assert.deepEqual([one.opts().passwordFile, one.opts().passwordCommand], [undefined, 'c']);
  const other = await joinWith(context, { file, args: ['--password-command', 'mine'] });
  assert.deepEqual([other.opts().passwordFile, other.opts().passwordCommand], [undefined, 'mine']);
});

test('a wrong key or value is named', async (context) => {
  for (const [file, problem] of [
    [{ password: 'x' }, /config\.json, line 1: password is no setting; no password belongs in this file/],
    [{ nmae: 'x' }, /nmae is no setting; settings are url, /],
    [{ rate: 'fast' }, /rate is invalid\. It must be a whole number/],
    [{ 'keep-login': 'x' }, /keep-login must be true or false/],
    [{ bell: 'off' }, /bell must be true or false/],
    [{ times: 'none' }, /times is invalid\. Allowed choices are short, long, off/],
    [{ profiles: { other: { name: true } } }, undefined],
    [{ name: true }, /name must be <name>, and not true/],
  ] as const) {
    const run = joinWith(context, { file });
    if (problem === undefined) await run;
    else await assert.rejects(run, problem);
  }
  await assert.rejects(
    joinWith(context, { profile: 'none' }),
    /there is no profile "none" in .*it has no profiles/,
  );
});
