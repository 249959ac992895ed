import assert from 'node:assert/strict';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Pty, ptyMissing, quoted, untimed } from '../support/pty.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { earshot } from './joiner.ts';

const missing = ptyMissing || pythonMissing();
const plainClient = fileURLToPath(new URL('./plain-client.py', import.meta.url));

function pythonMissing(): string | false {
  if (spawnSync('python3', ['--version']).status === 0) return false;
  if (process.env.CI === 'true') throw new Error('python3 is missing: no stranger can talk to the server');
  return 'no python3 on this machine: no client that others wrote is tested';
}

/** A server, two `earshot join` and a client in Python, each a process with a terminal or pipes of its own. */
class Classroom {
  readonly server: Pty;
  readonly alice: Pty;
  readonly bob: Pty;
  readonly carol: ChildProcess;
  readonly folder: string;
  readonly address: string;
  carolSees = '';

  static async open(context: TestContext, ...options: string[]): Promise<Classroom> {
    const folder = await temporaryFolder(context);
    for (const name of ['alice', 'bob']) await mkdir(join(folder, name));
    const server = run(
      context,
      folder,
      'serve',
      '--data',
      join(folder, 'data'),
      '--message-rate',
      '0',
      ...options,
    );
    await server.waitFor('the address', ({ raw }) => addressIn(raw) !== undefined);
    const address = addressIn(server.raw) ?? '';
    const alice = await joined(context, join(folder, 'alice'), 'alice', address);
    const bob = await joined(context, join(folder, 'bob'), 'bob', address);
    const carol = spawn('python3', [plainClient, 'carol', address.split(':').at(-1) ?? '']);
    context.after(() => carol.kill('SIGKILL'));
    const classroom = new Classroom(folder, address, server, alice, bob, carol);
    await classroom.carolGets('200 Registration successful');
    return classroom;
  }

  private constructor(
    folder: string,
    address: string,
    server: Pty,
    alice: Pty,
    bob: Pty,
    carol: ChildProcess,
  ) {
    this.folder = folder;
    this.address = address;
    this.server = server;
    this.alice = alice;
    this.bob = bob;
    this.carol = carol;
    carol.stdout?.setEncoding('utf8').on('data', (text: string) => (this.carolSees += text));
  }

  carolTypes(line: string): void {
    this.carol.stdin?.write(`${line}\n`);
  }

  async carolGets(line: string): Promise<void> {
    while (!this.carolSees.split('\n').includes(line)) await once(this.carol.stdout ?? this.carol, 'data');
  }

  /** Types a line and waits for its answer. */
  async ask(pty: Pty, line: string, answer: string): Promise<void> {
    pty.type(`${line}\r`);
    await sees(pty, answer, line);
  }
}

/** The program on a terminal. It replaces the shell, so that its exit code and signals are its own. */
function run(context: TestContext, cwd: string, ...args: string[]): Pty {
  const command = ['exec', ...[process.execPath, earshot, ...args].map(quoted)].join(' ');
  const pty = new Pty(command, { cwd, columns: 120, env: { HOME: cwd } });
  context.after(() => pty.close());
  return pty;
}

async function joined(
  context: TestContext,
  cwd: string,
  name: string,
  address: string,
  ...options: string[]
): Promise<Pty> {
  const pty = run(context, cwd, 'join', name, address, ...options);
  await pty.waitFor('a prompt', ({ rows }) => rows.at(-1) === '>');
  return pty;
}

function addressIn(text: string): string | undefined {
  return /chat:\/\/[0-9.]+:[0-9]+/.exec(text)?.[0];
}

/** Waits until `row` is on the screen, below the row where `after` was typed if that is given. */
function sees(pty: Pty, row: string, after?: string): Promise<void> {
  return pty.waitFor(row, (pty) => {
    const rows = untimed(pty.rows);
    return rows.lastIndexOf(row) > (after === undefined ? -1 : rows.lastIndexOf(`> ${after}`));
  });
}

test(
  'asn3: followed words and people, the commands and their errors, between two terminals and a stranger',
  { skip: missing },
  async (context) => {
    const room = await Classroom.open(context);
    const { alice, bob } = room;
    await room.ask(alice, '!list', 'alice, bob, carol');
    await room.ask(alice, '!follow?', '@alice, @all');
    await room.ask(alice, '!follow apple', 'Now following apple');
    await room.ask(alice, '!follow apple', 'Error:  Was already following apple');
    room.carolTypes('Do you want a pineapple?');
    room.carolTypes('Would you like an apple?');
    await sees(alice, '@carol: Would you like an apple?');
    bob.type('hello @all\r');
    await sees(alice, '@bob: hello @all');
    await room.carolGets('@bob: hello @all');
    await room.ask(alice, '!follow @bob', 'Now following @bob');
    bob.type('whatever I say\r');
    await sees(alice, '@bob: whatever I say');
    alice.type('are you there, @carol?\r');
    await room.carolGets('@alice: are you there, @carol?');
    await room.ask(alice, '!unfollow @bob', 'No longer following @bob');
    await room.ask(alice, '!unfollow @bob', 'Error:  Was not following @bob');
    await room.ask(alice, '!unfollow @all', 'Error:  All users must follow @all');
    await room.ask(alice, '!unfollow @alice', 'Error:  Cannot unfollow yourself');
    bob.type('nobody follows this\r');
    bob.type('the end, @alice\r');
    await sees(alice, '@bob: the end, @alice');
    for (const row of ['@carol: Do you want a pineapple?', '@bob: nobody follows this']) {
      assert.ok(!untimed(alice.rows).includes(row));
    }
    assert.ok(!room.carolSees.includes('whatever'));
    alice.type('!exit\r');
    assert.equal(await alice.exit(), 0);
    await room.ask(bob, '!list', 'bob, carol');
  },
);

test(
  'asn3: a file reaches who follows a term, a stranger gets a line',
  { skip: missing },
  async (context) => {
    const room = await Classroom.open(context);
    const bytes = Buffer.from(Array.from({ length: 100_000 }, (_, i) => (i * 7) % 256));
    await writeFile(join(room.folder, 'alice', 'apple.bin'), bytes);
    await room.ask(room.bob, '!follow apple', 'Now following apple');
    room.carolTypes('!follow apple');
    await room.carolGets('Now following apple');
    await room.ask(room.alice, '!attach apple.bin apple', 'Attachment apple.bin attached and distributed');
    await room.carolGets('@alice: attached apple.bin (100000 bytes)');
    await sees(room.bob, 'Received apple.bin (97 KiB) from alice: ~/earshot-files/apple.bin');
    assert.deepEqual(await readFile(join(room.folder, 'bob', 'earshot-files', 'apple.bin')), bytes);
    // As asn3 has it: the file lands in the current folder, whoever sends it.
    const davesFolder = join(room.folder, 'dave');
    await mkdir(davesFolder);
    const options = ['--accept', 'all', '--downloads', '.'];
    const dave = await joined(context, davesFolder, 'dave', room.address, ...options);
    await sees(dave, 'Every file that reaches you is saved in ~.');
    await room.ask(room.alice, '!attach apple.bin @dave', 'Attachment apple.bin attached and distributed');
    await sees(dave, 'Received apple.bin (97 KiB) from alice: ~/apple.bin');
    assert.deepEqual(await readFile(join(davesFolder, 'apple.bin')), bytes);
    const notSent = 'Error:  Attached file none.bin could not be sent: no such file or folder (ENOENT)';
    await room.ask(room.alice, '!attach none.bin apple', notSent);
  },
);

test(
  'asn2: everybody gets everything when everybody follows everything; a client that goes first',
  { skip: missing },
  async (context) => {
    const room = await Classroom.open(context, '--default-follow', '*');
    room.alice.type('Hi Bob!\r');
    await sees(room.bob, '@alice: Hi Bob!');
    await room.carolGets('@alice: Hi Bob!');
    room.carolTypes('Hi both');
    await sees(room.alice, '@carol: Hi both');
    room.alice.type('\x03');
    assert.equal(await room.alice.exit(), 0);
    await room.ask(room.bob, '!list', 'bob, carol');
  },
);

test(
  'asn2: Ctrl-C at the server tells everybody, and their clients end',
  { skip: missing },
  async (context) => {
    const room = await Classroom.open(context);
    const carolEnds = once(room.carol, 'close');
    const chat10 = ['--protocol', 'chat10'];
    const dave = await joined(context, room.folder, 'dave', room.address, ...chat10);
    room.server.type('\x03');
    assert.equal(await room.server.exit(), 0);
    assert.equal(await dave.exit(), 0);
    // Over CHAT/1.1 they are told, and wait for the server to be back.
    for (const pty of [room.alice, room.bob]) {
      await pty.waitFor('the loss', ({ rows }) =>
        rows.some((row) => row.startsWith('The connection is lost')),
      );
      pty.type('\x03');
      assert.equal(await pty.exit(), 0);
    }
    await carolEnds;
    assert.ok(room.carolSees.endsWith('DISCONNECT CHAT/1.0\n'));
  },
);
