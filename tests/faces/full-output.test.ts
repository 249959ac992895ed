import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { open } from 'node:fs/promises';
import { afterEach, describe, test } from 'node:test';
import { earshot, endJoiners, Joiner } from './joiner.ts';
import { scriptScene } from './script-scene.ts';

/** Runs `earshot` with a standard output that takes nothing, as a file on a full disk. */
async function runFull(args: readonly string[], env: NodeJS.ProcessEnv, input = '') {
  await using full = await open('/dev/full', 'w');
  const child = spawn(process.execPath, [earshot, ...args], {
    env: { ...process.env, ...env },
    stdio: ['pipe', full.fd, 'pipe'],
  });
  child.stdin?.end(input);
  let errors = '';
  child.stderr?.setEncoding('utf8').on('data', (text) => {
    errors += text;
  });
  const code = await new Promise((resolve) => child.on('close', resolve));
  return { code, errors };
}

describe('where the output cannot be written', () => {
  afterEach(endJoiners);

  test('every command says so, and ends with exit code 74', async (context) => {
    const { asKeeper, usual, run } = await scriptScene(context);
    const env = { ...usual, ...asKeeper };
    assert.equal((await run('send', ['said'], asKeeper)).code, 0);
    const expected = {
      code: 74,
      errors: 'earshot: the output cannot be written: the disk is full (ENOSPC)\n',
    };
    for (const args of [['list', '--json'], ['history'], ['config'], ['--help']]) {
      assert.deepEqual(await runFull(args, env), expected, args.join(' '));
    }
    assert.deepEqual(
      await runFull(['join'], { ...env, EARSHOT_PASSWORD: 'correct horse' }, '!list\n'),
      expected,
    );
  });

  test('what tail could not write comes again', async (context) => {
    const { address, asKeeper, usual, run } = await scriptScene(context);
    const env = { ...usual, ...asKeeper };
    const first = new Joiner(['--follow', 'deploy', '--count', '1'], { face: 'tail', env });
    await first.waitFor('the follow', ({ errors }) => errors.includes('keeper follows deploy from now on'));
    const say = async (text: string) =>
      assert.equal((await run('send', [address, text, '--name', 'ci'])).code, 0);
    await say('deploy one');
    assert.equal(await first.exit(), 0);
    await say('deploy two');
    assert.equal((await runFull(['tail', '--follow', 'deploy'], env)).code, 74);
    const again = await run('tail', ['--follow', 'deploy', '--count', '1'], asKeeper);
    assert.deepEqual(again, { code: 0, output: '@ci: deploy two\n', errors: '' });
  });
});
