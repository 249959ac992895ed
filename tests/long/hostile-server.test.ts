import assert from 'node:assert/strict';
import { afterEach, describe, type TestContext, test } from 'node:test';
import { earshot, endJoiners, Joiner } from '../faces/joiner.ts';
import { fileNames, hostile, sayable, tellAll, texts, timeMs } from '../support/hostile-server.ts';
import { harmIn } from '../support/hostile-texts.ts';
import { Pty, ptyMissing, quoted } from '../support/pty.ts';
import { runEarshot } from '../support/server-process.ts';
import { startChat11StandIn } from '../support/stand-in-chat11.ts';
import { startStandIn } from '../support/stand-in-server.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const skip = ptyMissing;

describe('a hostile CHAT/1.1 server', { skip }, () => {
  afterEach(endJoiners);

  for (const columns of [20, 80]) {
    test(`does not harm a terminal of ${columns} columns that runs join`, async (context) => {
      const server = await startChat11StandIn(context, hostile());
      const pty = await atPrompt(context, server.address.port, columns);
      const peer = server.peers.at(-1);
      assert.ok(peer !== undefined);
      pty.type('!set notify on\r');
      await pty.waitFor('the setting', ({ rows }) => rows.includes('notify is on.'));
      tellAll(peer, 100);
      for (const text of sayable) peer.tell({ kind: 'notice', text });
      peer.tell({ kind: 'message', position: 900, from: 'eve', timeMs, text: 'the end' });
      await pty.waitFor('the last line', ({ rows }) => rows.some((row) => row.endsWith('end')));
      pty.type('!follow?\r!list\r!history\r!files\r!why\r!follow pear\ra text\r');
      await pty.waitFor(
        'the answers',
        ({ rows }) => rows.at(-1) === '>' && rows.join('').replaceAll(' ', '').includes('wasnotsent'),
      );
      // Until here; what the user completes below is wrapped as a draft.
      const { rows } = pty;
      pty.type('\x15!unfollow \t');
      await pty.waitFor('the candidates', ({ rows }) => rows.some((row) => row.startsWith('> !unfollow a')));
      pty.type('\x1b');
      peer.tell({ kind: 'disconnect', reason: sayable.join(' '), retry: false });
      assert.equal(await pty.exit(), 1);
      assert.equal(harmIn(pty.raw), undefined);
      assert.ok(pty.raw.includes('\x1b]9;'), 'there was a notice of the desktop');
      assert.ok(pty.raw.includes('\x1b]2;(1) alice - earshot'), 'there was a title');
      // What is behind none of these is indented, or a row of `!files`.
      const said = '\\d\\d:\\d\\d (?:@eve(?: |:)|>(?: |$))|── ';
      const own =
        '> ?|Registration|Files for|You follow|The server says:|bell is|title is|notify is|alice$|@all,|' +
        '[ \\d]\\d  ?\\d|The (?:line|file)|Error:|"|\\S+ \\(1 ?|apple';
      for (const row of rows) assert.match(row, new RegExp(`^(?:${said}|${own}| |$)`));
    });
  }

  test('does not harm a terminal by names that no user can have', async (context) => {
    const names = texts.map((text) => text.replaceAll('\n', '\r'));
    const listed = `${names.join('\n')}\n`;
    const server = await startChat11StandIn(context, ({ kind }, peer) => {
      if (kind === 'list') peer.say(`200 Online\nContent-Length: ${Buffer.byteLength(listed)}\n\n${listed}`);
      return kind !== 'list';
    });
    const pty = await atPrompt(context, server.address.port, 80, 'You follow nothing');
    const logins = (): number => server.kinds().filter((kind) => kind === 'login').length;
    const lostBy = async (say: () => void): Promise<void> => {
      const before = logins();
      say();
      // It may come back by itself before Enter hurries it.
      const isLost = (): boolean => /\] >/.test(pty.rows.at(-1) ?? '') || logins() > before;
      await pty.waitFor('the loss', isLost);
      pty.type('\x15\r');
      await server.until(() => logins() > before);
      await pty.waitFor('the prompt', ({ rows }) => rows.at(-1) === '>');
    };
    await lostBy(() => pty.type('!msg \t'));
    const about = `Time: 2026-11-28T14:03:00.000Z\nContent-Length: 1\n\nx`;
    for (const name of names)
      await lostBy(() => server.peers.at(-1)?.say(`MESSAGE CHAT/1.1\nPosition: 1\nFrom: ${name}\n${about}`));
    assert.equal(harmIn(pty.raw), undefined);
    for (const row of pty.rows) assert.doesNotMatch(row, /^(?:EVIL|@|\d\d:)/);
  });

  test('does not harm who runs join, tail, list or history through a pipe', async (context) => {
    const server = await startChat11StandIn(context, (request, peer) => {
      const isAnswered = hostile()(request, peer);
      if (request.kind === 'register') {
        peer.answer({ kind: 'register', token: 't', epoch: 'e', position: 0 });
        tellAll(peer, 100);
        return false;
      }
      return isAnswered;
    });
    const account = await startChat11StandIn(context, (request, peer) => {
      if (request.kind !== 'register') return hostile('account')(request, peer);
      peer.refuse(403);
      return false;
    });
    const url = `chat://127.0.0.1:${server.address.port}`;
    const join = new Joiner(['alice', url]);
    join.end('!follow?\n!list\n!history\n!files\n!follow pear\na text\n');
    await join.exit();
    assert.ok(join.output.length > 1_000);
    assert.equal(harmIn(join.output + join.errors, 'pipe'), undefined);
    const count = ['--count', String(2 * (sayable.length + fileNames.length))];
    const tail = ['tail', '--name', 'alice', '--follow', 'apple', ...count, url];
    const plain = await runEarshot(tail);
    assert.equal(plain.stdout.trimEnd().split('\n').length, Number(count[1]), plain.stderr);
    assert.equal(harmIn(plain.stdout + plain.stderr, 'pipe'), undefined);
    const json = await runEarshot([...tail, '--json']);
    assert.equal(harmIn(json.stdout.replace(/\p{M}+/gu, '') + json.stderr, 'pipe'), undefined);
    const said = json.stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    assert.deepEqual(
      said.map(({ text }) => text),
      [...sayable.flatMap((text) => [text, text]), ...fileNames.flatMap((name) => [name, name])],
    );
    const past = await runEarshot([
      'history',
      '--name',
      'alice',
      '--password-command',
      'echo correct-horse',
      `chat://127.0.0.1:${account.address.port}`,
    ]);
    assert.ok(past.stdout.includes('EVIL'), past.stderr);
    assert.equal(harmIn(past.stdout + past.stderr, 'pipe'), undefined);
    const sent = await runEarshot(['send', '--name', 'alice', url, 'hello']);
    assert.ok(sent.stderr.includes('EVIL'), sent.stderr);
    assert.equal(harmIn(sent.stdout + sent.stderr, 'pipe'), undefined);
    const list = await runEarshot(['list', url]);
    assert.equal(harmIn(list.stdout + list.stderr, 'pipe'), undefined);
  });

  test('does not harm a terminal by what no client takes', async (context) => {
    const invalid = texts.filter((text) => !sayable.includes(text));
    for (const [at, text] of invalid.entries()) {
      const body = Buffer.from(text);
      const head = `MESSAGE CHAT/1.1\nPosition: 1\nFrom: eve\nTime: 2026-11-28T14:03:00.000Z`;
      const parcels = [
        `${head}\nContent-Length: ${body.length}\n\n${text}`,
        `${head.replace('eve', text)}\nContent-Length: 1\n\nx`,
        `${text} CHAT/1.1\n\n`,
      ];
      const answer = parcels[at % parcels.length] ?? '';
      const server = await startChat11StandIn(context, ({ kind }, peer) => {
        if (kind === 'list') peer.say(answer);
        return kind !== 'list';
      });
      const list = await runEarshot(['list', `chat://127.0.0.1:${server.address.port}`]);
      assert.notEqual(list.exitCode, 0);
      assert.equal(harmIn(list.stdout + list.stderr, 'pipe'), undefined);
    }
  });
});

describe('a hostile CHAT/1.0 server', { skip }, () => {
  /** Lines of ours, or what looks like them. */
  const forged = [
    'The connection is back.',
    'Received menu.txt (18 bytes) from bob: ~/Downloads/earshot/menu.txt',
    '── Monday 30 November 2026 ──',
    '14:03 @eve → you: hi',
    '@eve → you: hi',
    '@eve offers menu.txt (18 bytes); !fetch 1 saves it',
    'Error:  Your session has expired: type !msg eve PASSWORD',
    'That was not sent: type !msg eve PASSWORD',
    '> mine',
    'The server',
  ];

  for (const columns of [20, 80]) {
    test(`makes no line that looks like one of ours, at ${columns} columns without colours`, async (context) => {
      const server = await startStandIn();
      context.after(() => server.close());
      const pty = new Pty(command(['join', 'alice', server.address, '--downloads', '.']), {
        columns,
        env: { NO_COLOR: '1' },
        cwd: await temporaryFolder(context),
      });
      context.after(() => pty.close());
      await pty.waitFor('the prompt', ({ rows }) => rows.at(-1) === '>');
      const begin = pty.rows.length - 1;
      const socket = server.clients.get('alice')?.socket;
      for (const line of forged) {
        socket?.write(`${line}\n@eve: ${line}\n@eve: ${' '.repeat(14)}${line}\n`);
        // Anybody can choose such a name for a file.
        socket?.write(`ATTACHMENT ${line} CHAT/1.0\nOrigin: ${line}\nContent-Length: 1\nx`);
      }
      socket?.write('@eve: the end\n');
      await pty.waitFor('the end', ({ rows }) => rows.includes('@eve: the end'));
      const rows = pty.rows.slice(begin, -1);
      for (const row of rows) assert.match(row, /^(?:The server says:|@eve:| |".+|menu\.txt )/);
      assert.equal(rows.filter((row) => row.startsWith('The server says:')).length, forged.length);
      if (columns === 80) {
        assert.ok(rows.includes('The server says: Error:  Your session has expired: type !msg eve PASSWORD'));
        assert.ok(
          rows.includes('"The connection is back." (1 byte) from "The connection is back." was not saved:'),
        );
      }
    });
  }

  test('is shown through a pipe as it is, for scripts', async (context) => {
    const server = await startStandIn();
    context.after(() => server.close());
    const join = new Joiner(['alice', server.address, '--protocol', 'chat10']);
    join.write('hello\n');
    while (!server.clients.has('alice')) await new Promise(setImmediate);
    server.clients.get('alice')?.socket.write(`${forged.join('\n')}\n@eve: the end\n`);
    await join.waitFor('the end', ({ output }) => output.endsWith('@eve: the end\n'));
    join.end();
    assert.equal(await join.exit(), 1, 'the refusal counts');
    assert.deepEqual(
      join.output.trimEnd().split('\n'),
      [...forged, '@eve: the end'].filter((line) => !line.startsWith('Error:')),
    );
  });

  test('does not harm a terminal that runs join', async (context) => {
    const server = await startStandIn();
    context.after(() => server.close());
    const pty = new Pty(command(['join', 'alice', server.address]), { cwd: await temporaryFolder(context) });
    context.after(() => pty.close());
    await pty.waitFor('the prompt', ({ rows }) => rows.at(-1) === '>');
    const socket = server.clients.get('alice')?.socket;
    for (const text of texts) {
      const line = text.replaceAll('\n', '\r');
      socket?.write(`@eve: ${line}\n${line}: hi\n${line}\nError: ${line}\n@${line}: x\n`);
      socket?.write(`ATTACHMENT ${line} CHAT/1.0\nOrigin: ${line}\nContent-Length: 1\nx`);
    }
    socket?.write('@eve: the end\n');
    await pty.waitFor('the end', ({ rows }) => rows.includes('@eve: the end'));
    assert.equal(harmIn(pty.raw), undefined);
    assert.deepEqual(
      pty.rows.filter((row) => row.startsWith('EVIL')),
      [],
    );
    pty.type('\x04');
    assert.equal(await pty.exit(), 0);
  });
});

function command(words: readonly string[]): string {
  return `exec ${[process.execPath, earshot, ...words].map(quoted).join(' ')}`;
}

async function atPrompt(
  context: TestContext,
  port: number,
  columns: number,
  last = 'You follow',
): Promise<Pty> {
  const words = command(['join', 'alice', `chat://127.0.0.1:${port}`]);
  const pty = new Pty(words, { columns, cwd: await temporaryFolder(context) });
  context.after(() => pty.close());
  await pty.waitFor(
    'the welcome',
    ({ rows }) => rows.at(-1) === '>' && rows.some((row) => row.startsWith(last)),
  );
  return pty;
}
