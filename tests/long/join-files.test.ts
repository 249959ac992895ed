import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdir, readdir, readFile, rmdir, stat, symlink, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, afterEach, before, describe, it } from 'node:test';
import { humanSize } from '../../src/terminal/sizes.ts';
import { endJoiners, inFolder, Joiner, until } from '../faces/joiner.ts';
import { startScripted } from '../support/stand-in-faults.ts';
import { startStandIn } from '../support/stand-in-server.ts';

type StandIn = Awaited<ReturnType<typeof startStandIn>>;

describe('earshot join, files', () => {
  afterEach(endJoiners);
  let server: StandIn;
  before(async () => {
    server = await startStandIn();
  });
  after(() => server.close());

  for (const size of [0, 18, 1024 * 1024]) {
    it(`sends and receives ${size} bytes`, async () => {
      await inFolder(async (folder) => {
        const bytes = randomBytes(size);
        await writeFile(join(folder, 'note.bin'), bytes);
        await mkdir(join(folder, 'got'));
        const receiver = await joined(`to${size}`, ['--downloads', join(folder, 'got')]);
        const sender = await joined(`from${size}`, [], folder);
        sender.end(`!attach note.bin @to${size}\n`);
        assert.equal(await sender.exit(), 0);
        assert.equal(sender.output, 'Attachment note.bin attached and distributed\n');
        await receiver.waitFor('the notice', ({ output }) => output.includes('\n'));
        const path = join(folder, 'got', 'note.bin');
        assert.equal(receiver.output, `Received note.bin (${humanSize(size)}) from from${size}: ${path}\n`);
        assert.deepEqual(await readdir(join(folder, 'got')), ['note.bin']);
        assert.deepEqual(await readFile(join(folder, 'got', 'note.bin')), bytes);
        receiver.end();
        assert.equal(await receiver.exit(), 0);
      });
    });
  }

  it('sends several files and lines in the order in which they were typed', async () => {
    await inFolder(async (folder) => {
      await writeFile(join(folder, 'a.txt'), 'aaa');
      await writeFile(join(folder, 'b.txt'), 'bbb');
      const sender = await joined('order', [], folder);
      sender.end('!attach a.txt x\nbetween\n!attach missing.txt x\n!attach b.txt x\nlast\n');
      assert.equal(await sender.exit(), 1, 'not everything was sent');
      const begin = server.lines.indexOf('@order: !attach a.txt x');
      assert.deepEqual(server.lines.slice(begin), [
        '@order: !attach a.txt x',
        'Content-Length: 3',
        '@order: between',
        '@order: !attach missing.txt x',
        'Content-Length: -1',
        '@order: !attach b.txt x',
        'Content-Length: 3',
        '@order: last',
        'DISCONNECT order CHAT/1.0',
      ]);
      assert.match(sender.errors, /missing\.txt cannot be attached: no such file/);
    });
  });

  it('sends only ordinary files', async () => {
    await inFolder(async (folder) => {
      await mkdir(join(folder, 'sub'));
      const sender = await joined('ordinary', [], folder);
      sender.end('!attach sub x\n!attach /dev/zero x\n');
      assert.equal(await sender.exit(), 1);
      assert.match(sender.errors, /sub cannot be attached: it is a folder/);
      assert.match(sender.errors, /\/dev\/zero cannot be attached: it is not an ordinary file/);
    });
  });

  it('never replaces a file, and follows no symbolic link or FIFO', async () => {
    await inFolder(async (folder) => {
      await writeFile(join(folder, 'note.txt'), 'mine');
      await symlink(join(folder, 'elsewhere'), join(folder, 'note (1).txt'));
      assert.equal(spawnSync('mkfifo', [join(folder, 'note (2).txt')]).status, 0);
      const receiver = await joined('collide', ['--downloads', folder]);
      announce('collide', 'note.txt', 'first');
      announce('collide', 'note.txt', 'second');
      await receiver.waitFor('both', ({ output }) => output.split('\n').length === 3);
      assert.equal(
        receiver.output,
        `Received note (3).txt (5 bytes) from bob: ${join(folder, 'note (3).txt')}\n` +
          `Received note (4).txt (6 bytes) from bob: ${join(folder, 'note (4).txt')}\n`,
      );
      assert.equal(await readFile(join(folder, 'note.txt'), 'utf8'), 'mine');
      assert.equal(await readFile(join(folder, 'note (4).txt'), 'utf8'), 'second');
      assert.equal((await readdir(folder)).includes('elsewhere'), false);
      assert.equal((await stat(join(folder, 'note (3).txt'))).mode & 0o777, 0o600);
      receiver.end();
      await receiver.exit();
    });
  });

  it('writes only to its folder, whatever the announced name', async () => {
    await inFolder(async (folder) => {
      await mkdir(join(folder, 'got'));
      const receiver = await joined('evil', ['--downloads', join(folder, 'got')]);
      const names = ['../evil', '/tmp/evil', '..\\evil', '..', '.bashrc', '-rf', 'CON', 'a\x1b[2Jb', 'x:y'];
      for (const name of names) announce('evil', name, 'x');
      await receiver.waitFor('all', ({ output }) => output.split('\n').length === names.length + 1);
      assert.deepEqual(await readdir(folder), ['got']);
      assert.deepEqual(
        (await readdir(join(folder, 'got'))).sort(),
        ['_-rf', '_.bashrc', '_CON', 'a_[2Jb', 'attachment', 'evil', 'evil (1)', 'evil (2)', 'x_y'].sort(),
      );
      receiver.end();
      await receiver.exit();
    });
  });

  it('deletes an incomplete file when its sender dies', async () => {
    await inFolder(async (folder) => {
      const receiver = await joined('half', ['--downloads', folder]);
      const socket = server.clients.get('half')?.socket;
      socket?.write('ATTACHMENT big.bin CHAT/1.0\nOrigin: bob\nContent-Length: 1000000\nonly this');
      await receiverHolds(folder, 1);
      socket?.end();
      assert.equal(await receiver.exit(), 1);
      assert.match(receiver.errors, /big\.bin.* did not come whole/);
      assert.deepEqual(await readdir(folder), []);
    });
  });

  it('sends only files that the user named, each once', async () => {
    await inFolder(async (folder) => {
      await writeFile(join(folder, 'secret.txt'), 'secret');
      await writeFile(join(folder, 'note.txt'), 'note');
      const sender = await joined('asked', [], folder);
      const socket = server.clients.get('asked')?.socket;
      const refusals = () => server.lines.filter((line) => line === 'Content-Length: -1').length;
      const before = refusals();
      for (const file of ['secret.txt', '/etc/passwd', '../../etc/passwd']) {
        socket?.write(`ATTACH ${file} CHAT/1.0\n`);
      }
      await until('the refusals', () => refusals() === before + 3);
      sender.write('!attach note.txt x\n');
      await sender.waitFor('the upload', ({ output }) => output.includes('distributed'));
      socket?.write('ATTACH note.txt CHAT/1.0\n');
      await until('the refusal', () => refusals() === before + 4);
      await sender.waitFor('the warnings', ({ errors }) => errors.split('\n').length === 5);
      assert.match(sender.errors, /"\/etc\/passwd", which you did not attach/);
      sender.end();
      await sender.exit();
    });
  });

  it('stays in step when the disk refuses a file', async () => {
    await inFolder(async (folder) => {
      const downloads = join(folder, 'got');
      await mkdir(downloads);
      const receiver = await joined('full', ['--downloads', downloads]);
      await rmdir(downloads);
      announce('full', 'note.txt', 'DISCONNECT CHAT/1.0\n');
      server.clients.get('full')?.socket.write('@bob: still here\n');
      await receiver.waitFor('the message', ({ output }) => output.includes('still here'));
      assert.match(receiver.errors, /^note\.txt \(20 bytes\) from bob could not be saved: no such[^\n]*\n$/);
      receiver.end();
      assert.equal(await receiver.exit(), 0);
    });
  });

  it('closes the connection when a file shrinks while it is sent', async (t) => {
    await inFolder(async (folder) => {
      const file = join(folder, 'shrinks.bin');
      await writeFile(file, '');
      await truncate(file, 64 * 1024 * 1024);
      const slow = await startScripted((socket) => {
        socket.write('200 Registration successful\n');
        let seen = '';
        socket.on('data', (chunk) => {
          seen += chunk.toString('latin1', 0, 1000);
          if (seen.endsWith('!attach shrinks.bin x\n')) socket.write('ATTACH shrinks.bin CHAT/1.0\n');
          if (!seen.includes('Content-Length:')) return;
          // The system's buffers cannot hold most of it.
          socket.pause();
          // Reads after the end of the test find no file.
          truncate(file, 0).then(
            () => socket.resume(),
            () => {},
          );
        });
      });
      t.after(() => slow.close());
      const sender = new Joiner(['shrink', slow.address], { cwd: folder });
      sender.write('!attach shrinks.bin x\n');
      assert.equal(await sender.exit(), 1);
      assert.match(sender.errors, /"shrinks\.bin" could not be sent to its end: it became shorter/);
    });
  });

  it('saves files in the current folder with --accept all --downloads ., as asn3 has it', async () => {
    await inFolder(async (folder) => {
      const receiver = await joined('course', ['--downloads', '.'], folder);
      announce('course', 'note.txt', 'x');
      await receiver.waitFor('the file', ({ output }) => output.includes('\n'));
      assert.equal(receiver.output, `Received note.txt (1 byte) from bob: ${join(folder, 'note.txt')}\n`);
      assert.deepEqual(await readdir(folder), ['note.txt']);
      receiver.end();
      assert.equal(await receiver.exit(), 0);
    });
  });

  it('reads and discards what it does not accept, and says so', async () => {
    await inFolder(async (home) => {
      const receiver = await joined('picky', ['--accept', 'followed', '--follow', 'apple'], home, {
        HOME: home,
      });
      announce('picky', 'a.txt', '@bob: no line of chat\n');
      server.clients.get('picky')?.socket.write('@bob: still here\n');
      await receiver.waitFor('the message', ({ output }) => output.includes('still here\n'));
      const why = 'you accept only files of people whom you follow (see --accept)';
      assert.equal(
        receiver.output + receiver.errors,
        `a.txt (22 bytes) from bob was not saved: ${why}\n@bob: still here\n`,
      );
      const kept = (await readdir(home)).filter((name) => name !== '.cache');
      assert.deepEqual(kept, []);
      receiver.write('!follow @bob\n');
      await until('the line', () => server.lines.includes('@picky: !follow @bob'));
      announce('picky', 'b.txt', 'from a friend');
      await receiver.waitFor('the file', ({ output }) => output.includes('Received'));
      assert.match(receiver.output, /\nReceived b\.txt \(13 bytes\) from bob: ~\/earshot-files\/b\.txt\n$/);
      announce('picky', 'big.bin', 'x'.repeat(10 * 1024 * 1024 + 1));
      await receiver.waitFor('the refusal', ({ output }) => output.includes('big.bin'));
      assert.match(
        receiver.output,
        /big\.bin \(10 MiB\) from bob was not saved: you accept files up to 10 MiB/,
      );
      assert.deepEqual(await readdir(join(home, 'earshot-files')), ['b.txt']);
      assert.equal((await stat(join(home, 'earshot-files'))).mode & 0o777, 0o700);
      receiver.end();
      assert.equal(await receiver.exit(), 0);
    });
  });

  it('sends a file under a pasted path to a server that knows no such paths', async () => {
    await inFolder(async (home) => {
      await writeFile(join(home, 'note.txt'), 'x');
      const sender = await joined('paste', [], home, { HOME: home });
      sender.end(`!attach '${join(home, 'note.txt')}' x\n!attach ~/note.txt x\n`);
      assert.equal(await sender.exit(), 0);
      assert.deepEqual(
        server.lines.filter((line) => line.startsWith('@paste: !attach')),
        Array(2).fill(`@paste: !attach ${join(home, 'note.txt')} x`),
      );
    });
  });

  /** Accepts all files, unless `args` say otherwise. */
  async function joined(
    name: string,
    args: readonly string[],
    cwd?: string,
    env?: NodeJS.ProcessEnv,
  ): Promise<Joiner> {
    const options = { ...(cwd === undefined ? {} : { cwd }), ...(env === undefined ? {} : { env }) };
    const joiner = new Joiner([name, server.address, '--accept', 'all', ...args], options);
    await until('registration', () => server.clients.has(name));
    return joiner;
  }

  function announce(name: string, file: string, content: string): void {
    const notice = `ATTACHMENT ${file} CHAT/1.0\nOrigin: bob\nContent-Length: ${content.length}\n`;
    server.clients.get(name)?.socket.write(notice + content);
  }
});

/** Waits until `folder` holds `count` files, incomplete ones included. */
async function receiverHolds(folder: string, count: number): Promise<void> {
  let held = 0;
  await until('the file', () => {
    readdir(folder).then((names) => {
      held = names.length;
    });
    return held === count;
  });
}
