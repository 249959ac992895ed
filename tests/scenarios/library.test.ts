import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { describe, it } from 'node:test';
import * as sources from '../../src/library.ts';
import { dialTcp } from '../../src/transport/tcp.ts';
import { closing, next } from '../support/client-events.ts';
import { testServer } from '../support/server.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const root = resolve(import.meta.dirname, '../..');

describe('connect', () => {
  it('goes by whatever transport it is given, each time it connects', async (t) => {
    const server = await testServer(t);
    const dialled: string[] = [];
    const dial: sources.Dial = (address, signal) => {
      dialled.push(`${address.scheme}://${address.host}:${address.port}`);
      return dialTcp({ host: '127.0.0.1', port: server.port }, signal);
    };
    const address = 'tunnel://somewhere:1';
    const found = await sources.lookUp(address, 'alice', { dial });
    assert.equal(found.status, 'free');
    const alice = closing(t, await sources.connect(address, { name: 'alice', stateFolder: false, dial }));
    assert.deepEqual(await alice.list(), ['alice']);
    assert.deepEqual(dialled, [address, address]);
  });

  it('says which transports there are where it knows none of the scheme', async () => {
    await assert.rejects(sources.connect('tunnel://somewhere:1', { name: 'alice' }), {
      name: 'ConnectError',
      reason: 'invalid',
      message: /there is no transport tunnel:\/\/ here, only chat:\/\/, tcp:\/\//,
    });
  });
});

describe('the package', () => {
  it('gives all that the library has', async () => {
    const entry = join(root, 'bin', 'library.js');
    // Read and not imported: the compiler would want its types.
    const [, names = ''] = /export const \{([^}]+)\}/.exec(await readFile(entry, 'utf8')) ?? [];
    const exported = names.match(/\w+/g) ?? [];
    assert.deepEqual(exported.toSorted(), Object.keys(sources).toSorted());
  });

  it('runs the bot of the README as it stands there', async (t) => {
    const readme = await readFile(join(root, 'README.md'), 'utf8');
    const [, bot = ''] = /```ts\n(import \{ connect \} from 'earshot';\n.*?)```/s.exec(readme) ?? [];
    assert.ok(bot.split('\n').length <= 16, 'fifteen lines');
    const folder = await temporaryFolder(t);
    await writeFile(join(folder, 'package.json'), '{ "type": "module" }');
    await writeFile(join(folder, 'clock.ts'), bot);
    await mkdir(join(folder, 'node_modules'));
    await symlink(root, join(folder, 'node_modules', 'earshot'));
    const server = await testServer(t);
    const address = `chat://127.0.0.1:${server.port}`;
    const alice = closing(t, await sources.connect(address, { name: 'alice', stateFolder: false }));
    await alice.follow('@clock');
    const child = spawn(process.execPath, ['clock.ts', address], {
      cwd: folder,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    t.after(() => child.kill('SIGKILL'));
    const told = text(child.stderr);
    const ended = once(child, 'exit');
    const answer = next(alice, 'message');
    // It is there once it can be written to.
    for (let isThere = false; !isThere && child.exitCode === null; ) {
      isThere = (await alice.list()).includes('clock');
    }
    await alice.send('what time is it?');
    const { from, text: words } = await Promise.race([
      answer,
      ended.then(async () => assert.fail(await told)),
    ]);
    assert.equal(from, 'clock');
    assert.match(words, /^It is \d/);
    // Nothing but the library keeps it alive from here on.
    const gone = next(alice, 'offline');
    await server.close();
    await gone;
    child.stderr.once('data', () => child.kill('SIGINT'));
    assert.deepEqual(await ended, [0, null]);
    assert.match(await told, /; back in \d+ s\n(?:.*; back in \d+ s\n)*bye\n$/);
  });
});
