import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, test } from 'node:test';
import { endJoiners } from '../faces/joiner.ts';
import { scriptScene } from '../faces/script-scene.ts';

describe('who the commands for scripts log in as', () => {
  afterEach(endJoiners);

  test('the password comes from a file, a command or the environment, and from no argument', async (context) => {
    const { run, asKeeper, folder } = await scriptScene(context);
    const { EARSHOT_PASSWORD: _, ...keeper } = asKeeper;
    await writeFile(join(folder, 'secret'), 'correct horse\nmore\n');
    for (const args of [
      ['--password-file', 'secret'],
      ['--password-command', 'echo "correct horse"; echo more; [ -z "$EARSHOT_PASSWORD" ]'],
    ]) {
      const ended = await run('history', args, keeper);
      assert.deepEqual(ended, { code: 0, output: '', errors: '' });
    }
    for (const [args, problem] of [
      [['--password-file', 'none'], /the password file "none" cannot be read: no such file/],
      [['--password-command', 'exit 3'], /the password command failed with exit code 3/],
      [['--password-command', 'true'], /the password command gave no password/],
      [['--password-command', 'yes wrong | head -9999'], /that is not the password of keeper/],
      [
        [],
        /needs its password; without a terminal, use --password-file, --password-command or .*EARSHOT_PASSWORD/,
      ],
    ] as const) {
      const ended = await run('history', args, keeper);
      assert.equal(ended.code, 1);
      assert.match(ended.errors, problem);
    }
  });

  test('a password for a name without an account is refused, and nothing is sent as a guest', async (context) => {
    const { run, asKeeper, folder } = await scriptScene(context);
    await writeFile(join(folder, 'secret'), 'correct horse\n');
    const { EARSHOT_PASSWORD: password, ...rest } = asKeeper;
    const asNobody = { ...rest, EARSHOT_NAME: 'nobody' };
    for (const [face, args, env] of [
      ['send', ['--password-file', 'secret', '@keeper said by nobody'], asNobody],
      ['send', ['@keeper said by nobody'], { ...asNobody, EARSHOT_PASSWORD: password }],
      ['history', ['--password-command', 'cat secret'], asNobody],
      ['join', ['--password-file', 'secret'], asNobody],
    ] as const) {
      const ended = await run(face, args, env, face === 'join' ? '@keeper said by nobody\n' : undefined);
      assert.equal(ended.code, 1);
      assert.match(
        ended.errors,
        /^earshot: nobody has no account on this server, so its password was not used/,
      );
    }
    const sent = await run('history', [], asKeeper);
    assert.deepEqual(sent, { code: 0, output: '', errors: '' });
  });

  test('a script that joins takes nothing of what its owner has missed, unless it has a place of its own', async (context) => {
    const { run, asKeeper, address } = await scriptScene(context);
    const env = { ...asKeeper, EARSHOT_NAME: 'keeper' };
    await run('join', ['--state', 'cron'], env, '!follow apple\n');
    await run('send', ['apple 1', '--name', 'ci'], { EARSHOT_URL: address });
    assert.equal((await run('join', [], env, '!list\n')).output, 'keeper\n');
    const missed = await run('join', ['--state', 'cron'], env, '!list\n');
    assert.match(missed.output, /@ci: apple 1\n/);
    const again = await run('join', ['--state', 'cron'], env, '!list\n');
    assert.equal(again.output, 'keeper\n');
    assert.equal((await run('join', ['--state', '../x'], env)).code, 64);
  });

  test('profiles name server, user and terms; the console and the menu take the same addresses', async (context) => {
    const { run, address, folder } = await scriptScene(context);
    await mkdir(join(folder, 'earshot'));
    const file = { name: 'alice', profiles: { work: { url: address, follow: ['apple', 'pie'] } } };
    await writeFile(join(folder, 'earshot', 'config.json'), JSON.stringify(file));
    assert.equal((await run('join', ['work'], {}, '!follow?')).output, 'apple, pie, @alice, @all\n');
    assert.equal((await run('join', [address, 'carol'], {}, '!list')).output, 'carol\n');
    assert.equal((await run('join', ['carol'], { EARSHOT_PROFILE: 'work' }, '!list')).output, 'carol\n');
    const shown = await run('config', ['work']);
    assert.match(shown.output, /^url +"chat:.*" +profile work$/m);
    assert.match(shown.output, /^name +"alice" +file$/m);
    assert.equal((await run('config', ['--path'])).output, `${join(folder, 'earshot', 'config.json')}\n`);
    for (const args of [[address], [address.replace('chat://', '')], ['work'], address.slice(7).split(':')]) {
      assert.equal((await run('console', args, {}, 'list\n')).output, 'Nobody is logged in\n');
    }
    const menu = await run('menu', [address], { EARSHOT_NAME: 'dora' }, '\ncorrect horse\nEX\n');
    assert.match(menu.output, /^The account dora is made; you are logged in\.$/m);
    const nobody = await run('join', ['carol']);
    assert.equal(nobody.code, 64);
    assert.match(nobody.errors, /the server is missing: .*EARSHOT_URL/);
    await writeFile(join(folder, 'earshot', 'config.json'), '{\n "nmae": "alice" }');
    const wrong = await run('list', [address]);
    assert.equal(wrong.code, 78);
    assert.match(wrong.errors, /^earshot: .*config\.json, line 2: nmae is no setting; settings are url, /);
  });
});
