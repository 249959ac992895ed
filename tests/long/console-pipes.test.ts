import assert from 'node:assert/strict';
import { createServer, type Socket } from 'node:net';
import { afterEach, type TestContext, test } from 'node:test';
import { endJoiners, Joiner } from '../faces/joiner.ts';
import { testServer } from '../support/server.ts';
import { startScripted } from '../support/stand-in-faults.ts';
import { WireClient } from '../support/wire-client.ts';

afterEach(endJoiners);

function startConsole(server: { readonly port: number | string }): Joiner {
  return new Joiner(['127.0.0.1', String(server.port)], { face: 'console' });
}

/** Runs `earshot console` with `input` from a pipe, and returns its output. */
async function printed(server: { readonly port: number }, input: string | Uint8Array): Promise<string> {
  const program = startConsole(server);
  program.end(input);
  assert.equal(await program.exit(), 0);
  assert.equal(program.errors, '');
  return program.output;
}

test('answers in the words of CS3560, in the order of the lines', async (context) => {
  const server = await testServer(context);
  const bob = await WireClient.login(context, server, 'Bob');
  const longest = 'x'.repeat(65_535);
  const dialogue: [string, string][] = [
    ['list', 'Bob'],
    ['logout', 'Failure'],
    ['sendto Bob not yet', 'Failure'],
    ['login John Doe', 'Bad username'],
    ['login', 'Bad username'],
    [`login ${'x'.repeat(21)}`, 'Bad username'],
    ['login Bob', 'Failure'],
    ['login bob', 'Success'],
    ['login John', 'Failure'],
    ['logout', 'Success'],
    [`login ${'x'.repeat(20)}`, 'Success'],
    ['logout', 'Success'],
    ['login John', 'Success'],
    ['list', 'Bob John'],
    ['list bob', 'Invalid command'],
    ['sendto Bob Hello, how are you?', 'Success'],
    ['sendto JohnHello', 'Bad username'],
    ['sendto', 'Bad username'],
    [`sendto ${'x'.repeat(21)} hello`, 'Bad username'],
    ['sendto Nobody hello', 'Failure'],
    [`sendto Bob ${longest}`, 'Success'],
    [`sendto Bob ${longest}x`, 'Bad message'],
    [`sendto Bob ${longest.repeat(5)}`, 'Bad message'],
    ['hello', 'Invalid command'],
    ['logout Joe', 'Invalid command'],
    ['exit client', 'Invalid command'],
    ['logout', 'Success'],
    ['list', 'Bob'],
    ['login Johnny', 'Success'],
  ];
  const input = dialogue.map(([line]) => `${line}\n`).join('');
  const output = dialogue.map(([, text]) => `${text}\n`).join('');
  assert.equal(await printed(server, `${input}\n  \nexit\nlist\n`), output);
  assert.deepEqual(await bob.lines(2), ['SENDTO John Hello, how are you?', `SENDTO John ${longest}`]);
  while ((await bob.ask('list')) !== 'LIST Bob') {}
});

test('waits for outstanding answers at the end of its input, then leaves', async (context) => {
  const server = await testServer(context);
  const bob = await WireClient.login(context, server, 'Bob');
  const lines = Array.from({ length: 100 }, (_, i) => `sendto Bob ${i}`).join('\n');
  assert.equal(await printed(server, `login John\n${lines}`), 'Success\n'.repeat(101));
  assert.equal((await bob.lines(100)).at(-1), 'SENDTO John 99');
  assert.equal(await printed(server, ''), '');
  assert.equal(await printed(server, Buffer.from('login J\xff\n', 'latin1')), 'Invalid command\n');
});

test('shows an empty list in words', async (context) => {
  assert.equal(await printed(await testServer(context), 'list\n'), 'Nobody is logged in\n');
});

test('prints deliveries as they come, and escapes control characters', async (context) => {
  const server = await testServer(context, { chat10Charset: 'utf-8' });
  const alice = await WireClient.register(context, server, 'alice');
  const john = startConsole(server);
  john.write('login John\n');
  await john.waitFor('the login', ({ output }) => output === 'Success\n');
  alice.send('hello @all\n!msg John \u202eevil\n');
  await john.waitFor('the messages', ({ output }) => output.includes('evil\n'));
  assert.equal(john.output, 'Success\nalice: hello @all\nalice: \\u{202e}evil\n');
  john.write('sendto alice hello\n');
  assert.equal(await alice.line(), 'Message sent to John');
  assert.equal(await alice.line(), '@John: (private) hello');
  john.end();
  assert.equal(await john.exit(), 0);
});

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  test(`leaves at ${signal}`, async (context) => {
    const server = await testServer(context);
    const john = startConsole(server);
    john.write('login John\n');
    await john.waitFor('the login', ({ output }) => output === 'Success\n');
    john.signal(signal);
    assert.equal(await john.exit(), 0);
    assert.equal(john.errors, '');
    await WireClient.login(context, server, 'John');
  });
}

test('ends with the server, even while its input stays open', async (context) => {
  const server = await testServer(context);
  const john = startConsole(server);
  john.write('login John\n');
  await john.waitFor('the login', ({ output }) => output === 'Success\n');
  await server.close();
  assert.equal(await john.exit(), 0);
  assert.equal(john.output, 'Success\nThe server has closed the connection.\n');
});

/** Runs a command that fails, and returns the one line on standard error. */
async function failed(args: readonly string[], expectedCode: number): Promise<string> {
  const program = new Joiner(args, { face: 'console' });
  program.end('list\n');
  assert.equal(await program.exit(), expectedCode);
  assert.equal(program.output, '');
  assert.match(program.errors, /^earshot: [^\n]+\n$/);
  return program.errors;
}

async function failedAt(context: TestContext, onConnection: (socket: Socket) => void): Promise<string> {
  const server = await startScripted(onConnection);
  context.after(() => server.close());
  return failed(['127.0.0.1', server.address.split(':').at(-1) ?? ''], 1);
}

test('reports invalid arguments and an unreachable server in one line, with an exit code', async () => {
  const closed = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => closed.once('listening', resolve));
  const bound = closed.address();
  await new Promise((resolve) => closed.close(resolve));
  const port = typeof bound === 'object' ? bound?.port : bound;
  assert.match(await failed(['127.0.0.1', String(port)], 69), /ECONNREFUSED/);
  assert.match(await failed(['no-such-host.invalid', '4711'], 69), /cannot reach/);
  for (const bad of ['0', '65536', 'http', '-1', '4711x', '']) {
    assert.match(await failed(['--', '127.0.0.1', bad], 64), /is not a port from 1 to 65535/);
  }
  assert.match(await failed(['two words', '4711'], 64), /is not a host/);
});

test('reports a server of another protocol, and a broken connection, in one line', async (context) => {
  assert.match(
    await failedAt(context, (socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')),
    /does not speak this protocol: it answered "HTTP\/1\.1 400 Bad Request"/,
  );
  assert.match(
    await failedAt(context, (socket) => socket.once('data', () => socket.resetAndDestroy())),
    /lost/,
  );
  const breakOff = (socket: Socket) => {
    socket.write('LIST\n');
    let asked = '';
    socket.on('data', (data) => {
      asked += data;
      if (asked === 'list\nlist\n') socket.end();
    });
  };
  assert.match(await failedAt(context, breakOff), /lost/);
});
