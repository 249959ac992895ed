import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdir, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, type TestContext, test } from 'node:test';
import { connect } from '../../src/client-node/connect.ts';
import { earshot, endJoiners, Joiner, until } from '../faces/joiner.ts';
import { closing } from '../support/client-events.ts';
import { CuttingProxy } from '../support/cutting-proxy.ts';
import { Pty, ptyMissing, quoted } from '../support/pty.ts';
import { testServer } from '../support/server.ts';
import { startChat11StandIn } from '../support/stand-in-chat11.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const guest = { stateFolder: false, random: () => 0 } as const;

interface Place {
  readonly port: number;
}

/** What is in `home`, but for the program's own folder. */
async function filesIn(home: string): Promise<string[]> {
  return (await readdir(home)).filter((name) => name !== 'state').sort();
}

/** `earshot join` on a terminal, in a home folder of its own, which is also the current one. */
async function terminal(context: TestContext, { port }: Place, name: string, ...options: string[]) {
  const home = await temporaryFolder(context);
  const words = [process.execPath, earshot, 'join', name, `chat://127.0.0.1:${port}`, ...options];
  const env = { HOME: home, XDG_STATE_HOME: join(home, 'state'), XDG_CACHE_HOME: join(home, 'state') };
  const pty = new Pty(`exec ${words.map(quoted).join(' ')}`, { columns: 140, cwd: home, env });
  context.after(() => pty.close());
  await pty.waitFor('a prompt', ({ rows }) => rows.at(-1) === '>');
  return { pty, home };
}

async function guestOf(context: TestContext, { port }: Place, name: string) {
  return closing(context, await connect({ host: '127.0.0.1', port }, { ...guest, name }));
}

/** Types a line and waits until `answer` is above the prompt. */
async function ask(pty: Pty, line: string, answer: string | RegExp): Promise<void> {
  const isAnswer = (row = '') => (typeof answer === 'string' ? row === answer : answer.test(row));
  const lines = (): number => pty.rows.filter((row) => row.endsWith(`> ${line}`)).length;
  const before = lines();
  pty.type(`${line}\r`);
  await pty.waitFor(
    `${answer} after ${line}`,
    ({ rows }) => lines() > before && isAnswer(rows.at(-2)) && rows.at(-1) === '>',
  );
}

const sees = (pty: Pty, row: string | RegExp): Promise<void> =>
  pty.waitFor(String(row), ({ rows }) =>
    rows.some((one) => (typeof row === 'string' ? one === row : row.test(one))),
  );

describe('files of earshot join over CHAT/1.1, on a terminal', { skip: ptyMissing }, () => {
  test('the first screen says where files go, and only those of followed words go there', async (context) => {
    const server = await testServer(context);
    const bob = await guestOf(context, server, 'bob');
    const { pty, home } = await terminal(context, server, 'alice', '--follow', 'apple');
    await sees(pty, 'Files for followed words are saved in ~/earshot-files; !files lists others.');
    const menu = join(await temporaryFolder(context), 'menu.txt');
    await writeFile(menu, '18 bytes of a menu');
    await bob.attach(menu, { terms: ['@alice', '@all'] });
    await sees(pty, /^\d\d:\d\d @bob → everybody offers menu\.txt \(18 bytes\); !fetch 1 saves it$/);
    await bob.attach(menu, { to: 'alice' });
    await sees(pty, /^\d\d:\d\d @bob → you offers menu\.txt \(18 bytes\); !fetch 2 saves it$/);
    assert.deepEqual(await filesIn(home), []);
    await bob.attach(menu, { terms: ['apple'] });
    await sees(pty, 'Received menu.txt (18 bytes) from bob: ~/earshot-files/menu.txt');
    assert.deepEqual(await readdir(join(home, 'earshot-files')), ['menu.txt']);
    const big = join(await temporaryFolder(context), 'big.bin');
    await writeFile(big, Buffer.alloc(10 * 1024 * 1024 + 1));
    await bob.attach(big, { terms: ['apple'] });
    await sees(pty, /@bob offers big\.bin \(10 MiB\); !fetch 4 saves it$/);
    pty.type('!files\r');
    await sees(pty, /^4 {2}\d\d:\d\d {2}offered {2}10 MiB {4}@bob {2}big\.bin$/);
    assert.deepEqual(
      pty.rows.filter((row) => /^[1-4] /.test(row)).map((row) => row.replace(/\d\d:\d\d/, 'TIME')),
      [
        '1  TIME  offered  18 bytes  @bob  menu.txt',
        '2  TIME  offered  18 bytes  @bob  menu.txt',
        '3  TIME  saved    18 bytes  @bob  ~/earshot-files/menu.txt',
        '4  TIME  offered  10 MiB    @bob  big.bin',
      ],
    );
  });

  test('a file is fetched again after it was deleted, and under a chosen path that is free', async (context) => {
    const server = await testServer(context);
    const bob = await guestOf(context, server, 'bob');
    const { pty, home } = await terminal(context, server, 'alice');
    await mkdir(join(home, 'Downloads'));
    const menu = join(await temporaryFolder(context), 'menu.txt');
    await writeFile(menu, 'soup');
    await bob.attach(menu, { to: 'alice' });
    const received = 'Received menu.txt (4 bytes) from bob';
    await sees(pty, /!fetch 1 saves it$/);
    await ask(pty, '!fetch 1', `${received}: ~/earshot-files/menu.txt`);
    await rm(join(home, 'earshot-files', 'menu.txt'));
    await ask(pty, '!fetch menu.txt', `${received}: ~/earshot-files/menu.txt`);
    await ask(pty, '!fetch 1', 'Received "menu (1).txt" (4 bytes) from bob: ~/earshot-files/menu (1).txt');
    await ask(pty, '!fetch 1 as ~/Downloads', `${received}: ~/Downloads/menu.txt`);
    await ask(
      pty,
      "!fetch menu.txt as '~/today soup'",
      'Received "today soup" (4 bytes) from bob: ~/today soup',
    );
    assert.equal(await readFile(join(home, 'today soup'), 'utf8'), 'soup');
    pty.type('!history 1\r');
    const isOffer = (row: string) => /@bob → you offers menu\.txt \(4 bytes\); !fetch 1 saves it$/.test(row);
    await pty.waitFor('the history', ({ rows }) => rows.filter(isOffer).length === 2);
    await symlink('nowhere', join(home, 'link'));
    for (const path of ['link', 'today soup']) {
      await ask(pty, `!fetch 1 as ${path}`, `Error:  "~/${path}" exists already; choose another name`);
    }
    await ask(
      pty,
      '!fetch 1 as ~/no/where',
      /^menu\.txt .*files cannot be saved in .*no such file or folder/,
    );
    await ask(pty, '!fetch 2 as x', 'Error:  No file "2 as x" is offered; !files lists them');
    assert.deepEqual(await filesIn(home), ['Downloads', 'earshot-files', 'link', 'today soup']);
  });

  test('sends a file that is dropped on the terminal, and one to one person', async (context) => {
    const server = await testServer(context);
    const bob = await guestOf(context, server, 'bob');
    const told: string[] = [];
    bob.on('attachment', ({ name, to }) => told.push(`${name} to ${to ?? 'followers'}`));
    const { pty, home } = await terminal(context, server, 'alice');
    await writeFile(join(home, "it's (1).txt"), 'x');
    let attached = 0;
    for (const typed of [
      `'${home}/it'\\''s (1).txt'`,
      `${home}/it\\'s\\ \\(1\\).txt`,
      `"${home}/it's (1).txt"`,
      `file://${home}/it's%20(1).txt`,
    ]) {
      pty.type(`!attach ${typed} @bob\r`);
      attached += 1;
      await until('the file', () => told.length === attached);
    }
    await ask(pty, "!attach '~/it's (1).txt' @bob", /could not be sent|is not|: A term/);
    await ask(pty, '!attach "~/it\'s (1).txt" @bob', 'it reached 1 person');
    await ask(pty, "!send bob it's (1).txt", "File it's (1).txt sent to bob");
    await until('the files', () => told.length === 6);
    assert.deepEqual(told, [...Array(5).fill("it's (1).txt to followers"), "it's (1).txt to bob"]);
    await ask(pty, '!send bob x', 'Error:  File x could not be sent to bob: no such file or folder (ENOENT)');
    assert.ok(pty.rows.at(-3)?.startsWith('> !send bob x'), 'one error');
    await ask(pty, '!attach x', /^Error: {2}Say who gets the file: !attach FILE apple sends it/);
  });

  test('cancels a download and an upload, and keeps nothing half', async (context) => {
    const sha256 = 'a'.repeat(64);
    const big = { attachment: 'f1', name: 'big.bin', bytes: 1_000_000, sha256 };
    const server = await startChat11StandIn(context, ({ kind }, peer) => {
      if (kind === 'fetch') {
        peer.answer({ kind: 'fetch', bytes: big.bytes, sha256 });
        peer.tell({ kind: 'data', attachment: 'f1', offset: 0, piece: new Uint8Array(50_000) });
      } else if (kind === 'attach') peer.answer({ kind: 'attach', upload: 'u1', offset: 0 });
      else if (kind === 'name') peer.answer({ kind: 'name', status: 'free', online: false });
      else return kind !== 'commit' && kind !== 'data';
      return false;
    });
    const { pty, home } = await terminal(context, server.address, 'alice', '--downloads', 'inbox');
    const peer = server.peers.at(-1);
    peer?.tell({ kind: 'attachment', position: 1, from: 'bob', timeMs: 0, matched: ['apple'], ...big });
    await pty.waitFor('the progress', ({ rows }) => /^\[big\.bin 5%.*\] >$/.test(rows.at(-1) ?? ''));
    assert.equal((await readdir(join(home, 'inbox'))).length, 1);
    pty.type('!files\r');
    await sees(pty, /saving 5% {2}976 KiB {2}@bob {2}big\.bin$/);
    await ask(pty, '!cancel', 'Cancelled: big.bin was not saved; !fetch 1 starts anew.');
    assert.deepEqual(await readdir(join(home, 'inbox')), []);
    await ask(pty, '!cancel', 'Error:  No file is being sent or saved');
    await writeFile(join(home, 'one'), 'x');
    await writeFile(join(home, 'two'), 'x');
    pty.type('!attach one apple\r!attach two apple\r!cancel\r');
    await sees(pty, 'Error:  Which one? !cancel N, where N is 2, 3; !files lists them');
    await ask(pty, '!cancel 3', 'Cancelled: two was not sent.');
    await until('the upload', () => server.kinds().includes('commit'));
    assert.equal(server.kinds().filter((kind) => kind === 'attach').length, 1);
  });

  test('shows that a transfer waits for the connection, and goes on', async (context) => {
    const server = await testServer(context);
    const content = randomBytes(3 * 1024 * 1024);
    const bob = await guestOf(context, server, 'bob');
    const proxy = await CuttingProxy.open(context, server.port);
    const { pty, home } = await terminal(context, proxy, 'alice', '--follow', 'apple');
    const path = join(await temporaryFolder(context), 'big.bin');
    await writeFile(path, content);
    const cut = proxy.cut(1_000_000);
    // A port on which nothing listens: the client tries again and again.
    proxy.target = 1;
    await bob.attach(path, { terms: ['apple'] });
    await cut;
    await pty.waitFor('the wait', ({ rows }) =>
      /^\[offline.*; big\.bin \d+%, waiting for the connection\] >$/.test(rows.at(-1) ?? ''),
    );
    proxy.target = server.port;
    await sees(pty, 'Received big.bin (3.0 MiB) from bob: ~/earshot-files/big.bin');
    await pty.waitFor('the prompt', ({ rows }) => rows.at(-1) === '>');
    assert.deepEqual(await readFile(join(home, 'earshot-files', 'big.bin')), content);
  });
});

describe('files of earshot join over CHAT/1.1, through pipes', () => {
  afterEach(endJoiners);

  for (const accept of ['all', 'none'] as const) {
    test(`--accept ${accept}`, async (context) => {
      const server = await testServer(context);
      const bob = await guestOf(context, server, 'bob');
      const folder = await temporaryFolder(context);
      const inbox = join(folder, 'new', 'inbox');
      const address = `chat://127.0.0.1:${server.port}`;
      const options = ['--accept', accept, '--downloads', inbox, '--follow', 'apple'];
      const joiner = new Joiner(['alice', address, ...options], { env: { HOME: folder } });
      while (!(await bob.list()).includes('alice'));
      assert.equal(joiner.errors, 'earshot: created the folder ~/new/inbox for received files\n');
      const path = join(folder, 'x.txt');
      await writeFile(path, 'x');
      await bob.attach(path, { terms: ['apple'] });
      await bob.attach(path, { to: 'alice' });
      await joiner.waitFor('both', ({ output }) => output.split('\n').length === 3);
      const lines = {
        all: 'Received x.txt (1 byte) from bob: ~/new/inbox/x.txt\nReceived x (1).txt (1 byte) from bob: ~/new/inbox/x (1).txt\n',
        none: '@bob attached x.txt (1 byte); !fetch 1 saves it\n@bob (private) attached x.txt (1 byte); !fetch 2 saves it\n',
      };
      assert.equal(joiner.output, lines[accept]);
      assert.equal((await readdir(inbox)).length, accept === 'all' ? 2 : 0);
      joiner.end(accept === 'all' ? '' : '!fetch 2\n');
      assert.equal(await joiner.exit(), 0);
      assert.equal((await readdir(inbox)).length, accept === 'all' ? 2 : 1);
    });
  }
});
