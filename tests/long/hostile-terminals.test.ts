import assert from 'node:assert/strict';
import { createServer, type Socket } from 'node:net';
import { describe, type TestContext, test } from 'node:test';
import { earshot } from '../faces/joiner.ts';
import { hostile, sayable, tellAll, texts, timeMs } from '../support/hostile-server.ts';
import { harmIn } from '../support/hostile-texts.ts';
import { Pty, ptyMissing, quoted } from '../support/pty.ts';
import { startChat11StandIn } from '../support/stand-in-chat11.ts';

const skip = ptyMissing;

describe('earshot menu with a hostile server', { skip }, () => {
  for (const columns of [20, 80]) {
    test(`is unharmed on a terminal of ${columns} columns`, async (context) => {
      const server = await startChat11StandIn(context, hostile());
      const pty = started(context, ['menu', '-hn', '127.0.0.1', '-p', String(server.address.port)], columns);
      await answer(pty, 'Enter user name:', 'alice');
      await answer(pty, 'Enter Password:', 'correct horse');
      await pty.waitFor('the menu', ({ rows }) => rows.at(-1) === 'Enter operation:');
      const peer = server.peers.at(-1);
      assert.ok(peer !== undefined);
      tellAll(peer, 1_000);
      for (const text of sayable) peer.tell({ kind: 'notice', text });
      peer.tell({ kind: 'message', position: 1_900, from: 'eve', timeMs, text: 'the end' });
      await pty.waitFor('the end', ({ rows }) => rows.at(-2)?.endsWith('the end') === true);
      await answer(pty, 'Enter operation:', 'PM');
      await answer(pty, 'Enter user name:', 'bob');
      await answer(pty, 'Enter message:', 'hi');
      await refused(pty, 'bob');
      await answer(pty, 'Enter operation:', 'BM');
      await answer(pty, 'Enter message:', 'hi');
      await refused(pty, 'everybody');
      await answer(pty, 'Enter operation:', 'CH');
      await pty.waitFor('the history', ({ rows }) => joined(rows).includes('endofthechathistory'));
      await pty.waitFor('the menu', ({ rows }) => rows.at(-1) === 'Enter operation:');
      peer.tell({ kind: 'disconnect', reason: sayable.join(' '), retry: false });
      assert.equal(await pty.exit(), 1);
      assert.equal(harmIn(pty.raw), undefined);
      // Whatever begins a row is the program's own; what strangers wrote is behind a time and a name, or indented.
      const own = 'Enter |ce$|The |Nobody else |This goes |BM: |Those were |earshot: the ';
      const begin = new RegExp(`^(?:\\d\\d:\\d\\d @eve(?: |:)|── |${own}| )`);
      for (const row of pty.rows) assert.match(row, begin);
    });
  }
});

describe('earshot console with a hostile server', { skip }, () => {
  for (const columns of [20, 80]) {
    test(`is unharmed on a terminal of ${columns} columns`, async (context) => {
      const server = await hostileVerbs(context);
      const pty = started(context, ['console', '127.0.0.1', String(server.port)], columns);
      await pty.waitFor('the prompt', ({ rows }) => rows.at(-1) === '>');
      for (const text of texts) {
        const line = text.replaceAll('\n', '\r');
        const word = line.replaceAll(' ', '');
        server.say(`SENDTO eve ${line}\nSENDTO ${word} hi\n${line}\nRESPONSE ${line}\nLIST ${line}\n`);
      }
      server.say('SENDTO eve the end\n');
      await pty.waitFor('the end', ({ rows }) => rows.at(-2) === 'eve: the end');
      pty.type('list\r');
      await pty.waitFor('the list', ({ rows }) => joined(rows).includes('"bob:"hicarol'));
      pty.type('\x04');
      assert.equal(await pty.exit(), 0);
      assert.equal(harmIn(pty.raw), undefined);
      const begin = /^(?:eve:|"|The server said(?: "|$)|A line that is not UTF-8|Connected\.|> ?|Success| )/;
      for (const row of pty.rows) assert.match(row, begin);
    });
  }
});

test('join on a dumb terminal shows no sequence at all', { skip }, async (context) => {
  const server = await startChat11StandIn(context, hostile());
  const words = ['join', 'alice', `chat://127.0.0.1:${server.address.port}`];
  const pty = started(context, words, 80, { TERM: 'dumb' });
  await server.until(() => server.kinds().includes('register'));
  const peer = server.peers.at(-1);
  assert.ok(peer !== undefined);
  tellAll(peer, 1_000);
  for (const text of sayable) peer.tell({ kind: 'notice', text });
  peer.tell({ kind: 'message', position: 1_900, from: 'eve', timeMs, text: 'the end' });
  await pty.waitFor('the end', ({ raw }) => raw.includes('@eve: the end\r\n'));
  pty.type('!list\n!history\n!files\n!follow pear\na text\n');
  await pty.waitFor('the refusal', ({ raw }) => raw.includes('"a text" was not sent:'));
  peer.tell({ kind: 'disconnect', reason: sayable.join(' '), retry: false });
  assert.equal(await pty.exit(), 1);
  assert.equal(harmIn(pty.raw.replaceAll('\r\n', '\n'), 'pipe'), undefined);
});

function started(context: TestContext, words: readonly string[], columns: number, env = {}): Pty {
  const command = `exec ${[process.execPath, earshot, ...words].map(quoted).join(' ')}`;
  const pty = new Pty(command, { columns, env });
  context.after(() => pty.close());
  return pty;
}

async function answer(pty: Pty, question: string, line: string): Promise<void> {
  await pty.waitFor(question, ({ rows }) => rows.at(-1) === question);
  pty.type(`${line}\r`);
}

/** Waits until the last message, to `whom`, was refused. */
function refused(pty: Pty, whom: string): Promise<void> {
  return pty.waitFor('the refusal', ({ rows }) => joined(rows).includes(`Themessageto${whom}wasnotsent`));
}

function joined(rows: readonly string[]): string {
  return rows.join('').replaceAll(' ', '');
}

/** A server of verbs that says what a test wants, and answers every `list` but the first with more than names. */
async function hostileVerbs(context: TestContext) {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket.on('error', () => {}));
    let lists = 0;
    socket.setEncoding('utf8').on('data', (text: string) => {
      for (const line of text.split('\n')) {
        if (line === 'list') socket.write(lists++ === 0 ? 'LIST\n' : 'LIST bob: hi carol\n');
        else if (line === 'exit') socket.end();
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  context.after(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  const bound = server.address();
  return {
    port: typeof bound === 'object' && bound !== null ? bound.port : 0,
    say(line: string): void {
      for (const socket of sockets) socket.write(line);
    },
  };
}
