import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, it, type TestContext } from 'node:test';
import type { Server } from '../../src/server/server.ts';
import { earshot, endJoiners, Joiner } from '../faces/joiner.ts';
import { ParcelClient } from '../support/parcel-client.ts';
import { Pty, ptyMissing, quoted, untimed } from '../support/pty.ts';
import { testServer } from '../support/server.ts';
import { runEarshot } from '../support/server-process.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { udpAddressOf } from '../support/udp-address.ts';

const lines = Array.from({ length: 30 }, (_, i) => `apple ${i}`);
/** A row of a trace: time, direction, the rest. */
const row = /^ *[0-9]+\.[0-9] ms {2}[→←·] [\x20-\x7e→←·–]*$/;

function startUdp(context: TestContext): Promise<Server> {
  return testServer(context, { udp: true });
}

async function bobIn(context: TestContext, server: Server): Promise<ParcelClient> {
  return (await ParcelClient.enter(context, server, 'REGISTER bob', { Follow: 'apple' })).client;
}

async function hears(bob: ParcelClient): Promise<void> {
  for (const line of lines) assert.equal((await bob.next()).body, line);
}

describe('--drop and --trace', () => {
  afterEach(endJoiners);

  it('lose datagrams and no line, and say what happened to each packet', async (context) => {
    const server = await startUdp(context);
    const file = join(await temporaryFolder(context), 'trace.txt');
    const bob = await bobIn(context, server);
    const joiner = new Joiner(['alice', udpAddressOf(server), '--drop', '20', '--trace', file]);
    joiner.end(`${lines.join('\n')}\n`);
    await hears(bob);
    assert.equal(await joiner.exit(), 0);
    assert.equal(joiner.errors, '');
    const trace = (await readFile(file, 'utf8')).split('\n').slice(0, -1);
    assert.deepEqual(
      trace.filter((line) => !row.test(line)),
      [],
    );
    const all = trace.join('\n');
    for (const expected of [/HELLO, attempt 1/, /ACCEPT, signed/, /→ #0 /, /DROPPED on purpose/, /ACK [0-9]/])
      assert.match(all, expected);
    assert.doesNotMatch(all, /apple/, 'no text of the chat');
    const times = trace.map((line) => Number.parseFloat(line));
    assert.deepEqual(
      times,
      times.toSorted((a, b) => a - b),
    );
  });

  it('write the trace to standard error where there is no prompt, for each client', async (context) => {
    const server = await startUdp(context);
    const address = udpAddressOf(server);
    const bob = await bobIn(context, server);
    for (const [args, input] of [
      [['send', '--name', 'alice', address, 'an apple'], undefined],
      [['list', address], undefined],
      [['history', '--name', 'alice', address], undefined],
      [['console', address], 'login alice\nexit\n'],
      [['menu', address], undefined],
    ] as const) {
      const { stderr } = await runEarshot([...args, '--trace', '-'], {}, input);
      assert.match(stderr, /HELLO, attempt 1\n/, args[0]);
      assert.match(stderr, /closing, code 0|gone/, args[0]);
    }
    assert.equal((await bob.next()).body, 'an apple');
    const tail = new Joiner(['--name', 'alice', '--trace', '-', address], { face: 'tail' });
    await tail.waitFor('the trace', ({ errors }) => /HELLO, attempt 1\n/.test(errors));
    tail.signal('SIGTERM');
    await tail.exit();
  });

  it('let the chat go on when the disk of the trace is full', async (context) => {
    const server = await startUdp(context);
    const bob = await bobIn(context, server);
    const joiner = new Joiner(['alice', udpAddressOf(server), '--trace', '/dev/full']);
    joiner.end(`${lines.join('\n')}\n`);
    await hears(bob);
    assert.equal(await joiner.exit(), 0);
    assert.equal(joiner.errors, '');
  });

  it('are refused where they can do nothing', async (context) => {
    const server = await startUdp(context);
    const [tcp, udp] = [`chat://127.0.0.1:${server.port}`, udpAddressOf(server)];
    for (const [args, words] of [
      [
        [udp, '--drop', '100'],
        /'--drop <percent>' argument '100' is invalid\. It must be a whole number from 0 to 99/,
      ],
      [[udp, '--drop', '-1'], /It must be a whole number from 0 to 99/],
      [[udp, '--drop', 'some'], /It must be a whole number from 0 to 99/],
      [[tcp, '--drop', '20'], /--drop is for UDP only: it needs the chat\+udp:\/\/ address/],
      [[tcp, '--trace', '-'], /--trace is for UDP only/],
      [
        [udp, '--trace', '/no/such/folder/x'],
        /cannot write the trace to "\/no\/such\/folder\/x": no such file/,
      ],
    ] as const) {
      const { exitCode, stderr } = await runEarshot(['join', 'alice', ...args]);
      assert.equal(exitCode, 64, stderr);
      assert.match(stderr, words);
    }
  });
});

describe('--trace and !stats at a prompt', { skip: ptyMissing }, () => {
  async function prompt(context: TestContext, ...args: readonly string[]): Promise<Pty> {
    const words = [process.execPath, earshot, 'join', 'alice', ...args];
    const options = { cwd: await temporaryFolder(context), columns: 120 };
    const pty = new Pty(`exec ${words.map(quoted).join(' ')}`, options);
    context.after(() => pty.close());
    return pty;
  }

  it('leave the prompt alone: standard error is refused', async (context) => {
    const pty = await prompt(context, udpAddressOf(await startUdp(context)), '--trace', '-');
    assert.equal(await pty.exit(), 64);
    assert.match(pty.rows.join(' '), /name a file.*tail -f trace\.txt/);
  });

  it('show what the connection reaches', async (context) => {
    const pty = await prompt(context, udpAddressOf(await startUdp(context)), '--drop', '5');
    await pty.waitFor('the prompt', ({ rows }) => rows.at(-1) === '>');
    pty.type('/stats\r');
    await pty.waitFor('the last line', ({ rows }) => /^Dropped here on purpose: 5 %/.test(rows.at(-2) ?? ''));
    const [open = '', sent = '', received = '', path = ''] = untimed(pty.rows).slice(-6, -2);
    assert.match(open, /^Open for \d+ seconds?; round trip [0-9.]+ ms/);
    assert.match(sent, /^Sent: \d+ packets \([^)]*\); \d+ % lost/);
    assert.match(received, /^Received: \d+ packets/);
    assert.match(path, /^Path: [0-9.]+ Mbit\/s/);
  });

  it('say that they are for UDP', async (context) => {
    const server = await startUdp(context);
    const pty = await prompt(context, `chat://127.0.0.1:${server.port}`);
    await pty.waitFor('the prompt', ({ rows }) => rows.at(-1) === '>');
    pty.type('!stats\r');
    await pty.waitFor('the notice', ({ rows }) => /^No connection over UDP is open/.test(rows.at(-2) ?? ''));
  });
});
