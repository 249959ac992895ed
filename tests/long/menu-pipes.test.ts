import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { networkInterfaces } from 'node:os';
import { afterEach, type TestContext, test } from 'node:test';
import { endJoiners, Joiner } from '../faces/joiner.ts';
import { testServer } from '../support/server.ts';
import { runEarshot, startServerProcess } from '../support/server-process.ts';
import { startScripted } from '../support/stand-in-faults.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { WireClient } from '../support/wire-client.ts';

afterEach(endJoiners);

const greeting = [
  'The account alice is made; you are logged in.',
  'BM: broadcast, PM: private message, CH: chat history, CH ALL: all, EX: exit',
  '',
].join('\n');

interface Where {
  readonly host?: string;
  readonly port: number | string;
}

function startMenu({ host = '127.0.0.1', port }: Where): Joiner {
  return new Joiner(['-hn', host, '-p', String(port)], { face: 'menu' });
}

interface Run {
  readonly code: number;
  readonly output: string;
  readonly errors: string;
}

/** Runs `earshot menu` with `input` from a pipe; returns its output and exit code. */
async function run(server: Where, input: string | Uint8Array): Promise<Run> {
  const program = startMenu(server);
  program.end(input);
  const code = await program.exit();
  return { code, output: program.output, errors: program.errors };
}

test('a script signs up, talks and leaves, and its output holds only answers', async (context) => {
  const server = await testServer(context);
  const bob = await WireClient.register(context, server, 'bob');
  const input = ['alice', 'correct horse', 'BM', 'hello', 'PM', 'bob', 'psst', '', 'CH', 'EX', 'BM', 'never'];
  const { code, output, errors } = await run(server, `${input.join('\n')}\n`);
  const printed = output.replace(/^\d{4}-\d\d-\d\d \d\d:\d\d {2}/gm, 'TIME ');
  assert.equal(
    printed,
    `${greeting}${[
      'This goes to everybody who is online.',
      'The message was sent to 1 user.',
      'Online: bob',
      'The message was sent to bob.',
      'TIME @alice: hello',
      'TIME @alice (private to bob): psst',
      '',
    ].join('\n')}`,
  );
  assert.deepEqual([code, errors], [0, '']);
  assert.deepEqual(await bob.lines(2), ['@alice: hello', '@alice: (private) psst']);
  assert.equal(await bob.ask('!list'), 'bob', 'she has left, and said no more');
});

test('the menu leaves at the end of its input, when all of it is done', async (context) => {
  const server = await testServer(context);
  const bob = await WireClient.register(context, server, 'bob');
  const lines = Array.from({ length: 50 }, (_, i) => `bm\n${i}`).join('\n');
  const { code, output } = await run(server, `alice\ncorrect horse\n${lines}`);
  assert.equal(code, 0);
  assert.equal(output.match(/sent to 1 user/g)?.length, 50);
  assert.deepEqual(
    await bob.lines(50),
    Array.from({ length: 50 }, (_, i) => `@alice: ${i}`),
  );
});

test('a line that is not UTF-8 or too long is reported, and not sent', async (context) => {
  const server = await testServer(context);
  const bad = Buffer.from('\nBM\nJ\xff\nBM\n', 'latin1');
  const long = `${'x'.repeat(65_536)}\nBM\n${'x'.repeat(300_000)}\n`;
  const { code, output, errors } = await run(
    server,
    Buffer.concat([Buffer.from('alice\ncorrect horse'), bad, Buffer.from(long)]),
  );
  assert.equal(code, 1);
  assert.equal(output, greeting + 'This goes to everybody who is online.\n'.repeat(3));
  assert.deepEqual(errors.split('\n'), [
    'Line 4 is not UTF-8 text; it counts as empty.',
    'Nothing was sent: the message is empty.',
    'Nothing was sent: the message has more than 65,535 characters.',
    'Line 8 has more than 262140 bytes; it counts as empty.',
    'Nothing was sent: the message is empty.',
    '',
  ]);
});

test('messages of others are printed as they come', async (context) => {
  const server = await testServer(context);
  const bob = await WireClient.register(context, server, 'bob', '\n');
  const alice = startMenu(server);
  alice.write('alice\ncorrect horse\n');
  await alice.waitFor('the menu', ({ output }) => output === greeting);
  bob.send('hello @all\n!msg alice \u202epsst\n');
  const heard = '@bob: hello @all\n@bob (private): \\u{202e}psst\n';
  await alice.waitFor('the messages', ({ output }) => output === greeting + heard);
  alice.signal('SIGTERM');
  assert.equal(await alice.exit(), 0);
  assert.equal(alice.errors, '');
});

test('a script fails when a message or an operation is refused', async (context) => {
  const server = await testServer(context);
  for (const [input, problem] of [
    ['PM\nzzz\nhello\nEX\n', 'The message to zzz was not sent: Nobody has the name zzz.'],
    ['PM\nno name\nhello\nEX\n', 'Nothing was sent: "no name" is no user name.'],
    ['PQ\nEX\n', '"PQ" is no operation. There are these:'],
  ] as const) {
    const { code, errors } = await run(server, `alice\ncorrect horse\n${input}`);
    assert.deepEqual([code, errors], [1, `${problem}\n`]);
  }
});

test('CH says when there is more, and CH ALL shows everything', async (context) => {
  const server = await testServer(context);
  const bob = await WireClient.register(context, server, 'bob');
  const alice = startMenu(server);
  alice.write('alice\ncorrect horse\n');
  await alice.waitFor('the menu', ({ output }) => output === greeting);
  const last = 430;
  for (let i = 1; i <= last; i++) bob.send(`${i} @alice\n`);
  await alice.waitFor('the last', ({ output }) => output.endsWith(`@bob: ${last} @alice\n`));
  alice.end('CH\nch  all\nEX\n');
  assert.equal(await alice.exit(), 0);
  const lines = alice.output.split('\n').slice(2 + last, -1);
  const numbers = lines.map((line) => Number(/@bob: (\d+) @alice$/.exec(line)?.[1] ?? 0));
  const upTo = (count: number, to: number): number[] =>
    Array.from({ length: count }, (_, i) => to - count + 1 + i);
  assert.deepEqual(numbers, [...upTo(200, last), 0, ...upTo(last, last)]);
  assert.equal(lines[200], 'Those were the last 200; CH ALL shows them all.');
});

test('a server that is killed and restarted stores each line of a script once', async (context) => {
  const data = await temporaryFolder(context);
  const server = await startServerProcess(context, ['--data', data]);
  const alice = startMenu(server);
  alice.write('alice\ncorrect horse\nBM\nbefore\n');
  await alice.waitFor('the first', ({ output }) => output.includes('The message was sent'));
  await server.end('SIGKILL');
  alice.end('BM\nkept\nBM\nafter\nCH');
  await alice.waitFor('the loss', ({ errors }) => /^The connection is lost: .*\n$/.test(errors));
  await startServerProcess(context, ['--data', data, '--port', String(server.port)]);
  assert.equal(await alice.exit(), 0);
  const said = [...alice.output.matchAll(/^\d.* {2}@alice: (.*)$/gm)].map(([, text]) => text);
  assert.deepEqual(said, ['before', 'kept', 'after']);
});

test('a user whose session is revoked is told why', async (context) => {
  const data = await temporaryFolder(context);
  const server = await startServerProcess(context, ['--data', data, '--limit', 'accountsPollMs=20']);
  const alice = startMenu(server);
  alice.write('alice\ncorrect horse\n');
  await alice.waitFor('the menu', ({ output }) => output === greeting);
  const changed = await runEarshot(['passwd', 'alice', '--data', data], {}, 'another horse\n');
  assert.equal(changed.exitCode, 0);
  assert.equal(await alice.exit(), 1);
  assert.match(alice.errors, /^earshot: the server has logged you out: [^\n]+\n$/);
});

/** Runs a script whose login fails; returns the one line on standard error. */
async function failed(server: Where, input: string, code: number): Promise<string> {
  const ended = await run(server, input);
  assert.equal(ended.code, code, ended.errors);
  assert.equal(ended.output, '');
  assert.match(ended.errors, /^earshot: [^\n]+\n$/);
  return ended.errors;
}

test('a script with invalid answers is not asked again', async (context) => {
  const server = await testServer(context, { accounts: { bob: 'correct horse' } });
  await WireClient.register(context, server, 'guest');
  assert.match(await failed(server, 'bob\nwrong horse\ncorrect horse\nEX\n', 1), /That is not the password/);
  assert.match(await failed(server, 'alice\nshort\nBM\na secret\nEX\n', 1), /at least 8 characters/);
  assert.match(await failed(server, 'guest\n', 1), /A guest is in the chat as guest/);
  assert.match(await failed(server, 'all\n', 1), /A name has 1 to 20 characters/);
  assert.match(await failed(server, 'bob\n', 1), /the input ended before anybody was logged in/);
});

const elsewhere = Object.values(networkInterfaces())
  .flatMap((addresses) => addresses ?? [])
  .find(({ family, internal }) => family === 'IPv4' && !internal)?.address;

test(
  'a refused plain-text password is explained',
  { skip: elsewhere === undefined && 'this machine has no address but its own' },
  async (context) => {
    const host = elsewhere ?? '';
    const { port } = await testServer(context, { host, accounts: { bob: 'correct horse' } });
    for (const name of ['alice', 'bob']) {
      const told = await failed({ host, port }, `${name}\ncorrect horse\nEX\n`, 1);
      assert.match(told, /no password from another machine, because nothing is encrypted on the way/);
      assert.ok(told.includes(`ssh -L ${port}:127.0.0.1:${port} ${host}`), told);
    }
  },
);

async function scripted(
  context: TestContext,
  onConnection: (socket: Socket) => void,
): Promise<{ readonly port: string }> {
  const server = await startScripted(onConnection);
  context.after(() => server.close());
  return { port: server.address.split(':').at(-1) ?? '' };
}

test('a server of another protocol, and none at all, is reported in one line', async (context) => {
  const web = await scripted(context, (socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'));
  assert.match(await failed(web, 'alice\n', 1), /does not speak CHAT\/1\.1/);
  const closed = createServer().listen(0, '127.0.0.1');
  await once(closed, 'listening');
  const bound = closed.address();
  closed.close();
  await once(closed, 'close');
  const port = typeof bound === 'object' ? (bound?.port ?? 0) : 0;
  for (const input of ['alice\n', '']) {
    assert.match(await failed({ port }, input, 69), /cannot reach .*ECONNREFUSED/);
  }
});

test('invalid arguments are reported before anything is asked', async () => {
  for (const bad of ['0', '65536', 'http', '4711x', '']) {
    assert.match(await failed({ port: bad }, '', 64), /is not a port from 1 to 65535/);
  }
  for (const args of [['-hn', '127.0.0.1'], ['-p', '4711'], ['-hn']]) {
    const program = new Joiner(args, { face: 'menu' });
    program.end();
    assert.equal(await program.exit(), 64);
    assert.match(program.errors, /^earshot: option '|^earshot: --(?:port|host) needs --/);
  }
  const long = new Joiner(['--host', 'two words', '--port', '4711'], { face: 'menu' });
  long.end();
  assert.equal(await long.exit(), 64);
  assert.equal(long.errors, 'earshot: "two words" is not a host\n');
});
