import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { type TestContext, test } from 'node:test';
import { promisify } from 'node:util';
import { connect } from '../../src/client-node/connect.ts';
import { closing, next } from '../support/client-events.ts';
import { testServer } from '../support/server.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const root = resolve(import.meta.dirname, '../..');
const run = promisify(execFile);

/** A folder in which the package is all that is installed. */
async function installed(t: TestContext): Promise<string> {
  const folder = await temporaryFolder(t);
  const dist = join(folder, 'dist');
  await run(process.execPath, [
    join(root, 'node_modules', 'typescript', 'bin', 'tsc'),
    ...['-p', join(root, 'tsconfig.build.json'), '--outDir', dist],
  ]);
  const { stdout } = await run(process.execPath, [join(root, 'tools', 'pack-client.ts'), folder, dist]);
  await writeFile(join(folder, 'package.json'), '{ "private": true }');
  await run('npm', ['install', '--offline', '--no-audit', '--no-fund', stdout.trim()], { cwd: folder });
  return folder;
}

test('the package earshot-client', async (t) => {
  const folder = await installed(t);

  await t.test('brings nothing with it', async () => {
    const names = await readdir(join(folder, 'node_modules'));
    assert.deepEqual(
      names.filter((name) => !name.startsWith('.')),
      ['earshot-client'],
    );
    const manifest = JSON.parse(
      await readFile(join(folder, 'node_modules', 'earshot-client', 'package.json'), 'utf8'),
    );
    assert.equal(manifest.dependencies, undefined);
  });

  await t.test('fits all that the guide says', async () => {
    const guide = await readFile(join(root, 'docs', 'library.md'), 'utf8');
    const blocks = [...guide.matchAll(/```ts\n(.*?)```/gs)].map(([, code = '']) => code);
    const files = blocks.map((_, i) => `guide-${i}.mts`);
    for (const [i, code] of blocks.entries()) await writeFile(join(folder, `guide-${i}.mts`), code);
    const { stdout } = await run(
      process.execPath,
      [
        join(root, 'node_modules', 'typescript', 'bin', 'tsc'),
        ...['--noEmit', '--strict', '--exactOptionalPropertyTypes', '--noUncheckedIndexedAccess'],
        ...['--target', 'es2024', '--module', 'nodenext', '--types', 'node'],
        ...['--typeRoots', join(root, 'node_modules', '@types'), ...files],
      ],
      { cwd: folder },
    ).catch((error: { readonly stdout: string }) => error);
    assert.equal(stdout, '');
    assert.ok(files.length >= 6);
  });

  await t.test('runs the first bots of the guide as they stand there', async (subtest) => {
    const server = await testServer(subtest);
    const guide = await readFile(join(root, 'docs', 'library.md'), 'utf8');
    const copied = async (name: string, kind: 'ts' | 'js'): Promise<string> => {
      const [, code = ''] = new RegExp(`\`\`\`${kind}\\n(.*?)\`\`\``, 's').exec(guide) ?? [];
      assert.ok(guide.includes(`\`${name}\``) && code.includes('127.0.0.1:4711'));
      await writeFile(join(folder, name), code.replace('4711', `${server.port}`));
      return join(folder, name);
    };
    const env = { ...process.env, XDG_STATE_HOME: folder, ECHO_PASSWORD: 'at least 8 characters' };
    const bot = run(process.execPath, [await copied('echo.mts', 'ts')], { cwd: folder, env });
    subtest.after(() => bot.child.kill('SIGKILL'));
    const alice = closing(
      subtest,
      await connect(`127.0.0.1:${server.port}`, { name: 'alice', stateFolder: false }),
    );
    const answer = next(alice, 'message');
    while ((await alice.send('echo, echo')).reached === 0) await alice.list();
    const { from, text } = await answer;
    assert.deepEqual([from, text], ['echo', '@alice echo, echo']);
    const said = await run(process.execPath, [await copied('say.cjs', 'js')], { cwd: folder, env });
    assert.deepEqual(said, { stdout: 'it reached 2\n', stderr: '' });
    bot.child.kill('SIGINT');
    assert.deepEqual(await bot, { stdout: '', stderr: '' });
  });

  for (const [name, begin] of [
    ['bot.mjs', "import { connect } from 'earshot-client';"],
    ['bot.cjs', "const { connect } = require('earshot-client');"],
  ] as const) {
    await t.test(`runs a bot, ${name}`, async (subtest) => {
      const server = await testServer(subtest);
      const address = `127.0.0.1:${server.port}`;
      const bot = `${begin}
        connect('${address}', { name: 'echo', follow: ['echo'], stateFolder: false }).then(async (bot) => {
          for await (const message of bot.messages()) {
            await bot.reply(message, message.text);
            break;
          }
          await bot.close();
        });`;
      await writeFile(join(folder, name), bot);
      const alice = closing(subtest, await connect(address, { name: 'alice', stateFolder: false }));
      const ended = run(process.execPath, [join(folder, name)]);
      const answer = next(alice, 'message');
      for (let isThere = false; !isThere; ) isThere = (await alice.list()).includes('echo');
      await alice.sendTo('echo', 'hear, hear');
      const { from, to, text } = await answer;
      assert.deepEqual([from, to, text], ['echo', 'alice', 'hear, hear']);
      assert.deepEqual(await ended, { stdout: '', stderr: '' });
    });
  }
});
