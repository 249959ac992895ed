import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { Socket } from 'node:net';
import { test } from 'node:test';
import { ptyMissing, quoted } from '../support/pty.ts';
import { testServer } from '../support/server.ts';
import { startServerProcess } from '../support/server-process.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { WireClient } from '../support/wire-client.ts';

/** Logs 4 MB of lines that differ, says on descriptor 3 that it came through, and ends when that is closed. */
const flood = `
  import { Socket } from 'node:net';
  import { systemClock } from ${JSON.stringify(new URL('../../src/scheduling/clock.ts', import.meta.url).href)};
  import { createLogger } from ${JSON.stringify(new URL('../../src/server/logging/logger.ts', import.meta.url).href)};
  const logger = createLogger('info', process.stdout, systemClock);
  for (let at = 0; at < 4_000; at++) logger.info('x'.repeat(1_000) + at);
  new Socket({ fd: 3 }).resume().write('through');
`;
const program = [process.execPath, '--input-type=module', '-e', flood];

/** By what the server's log may be read, and how it says there that lines are missing. */
const readers: readonly { name: string; command: readonly string[]; skip?: string | false; told: RegExp }[] =
  [
    {
      name: 'a socket, as a journal is one,',
      command: program,
      told: /"lines":[0-9]+,"msg":"log lines were dropped/,
    },
    {
      name: 'a pipe',
      command: ['bash', '-c', '"$@" | { read -r <&4; cat; }', 'bash', ...program],
      told: /"lines":[0-9]+,"msg":"log lines were dropped/,
    },
    {
      name: 'a terminal that somebody has stopped',
      command: ['script', '-qec', program.map(quoted).join(' '), '/dev/null'],
      skip: ptyMissing,
      told: /WARN[^\n]* log lines were dropped, as nobody read them lines=[0-9]+/,
    },
  ];

for (const { name, command, skip, told } of readers) {
  test(
    `${name} from which nobody reads the log holds nothing up`,
    { skip: skip ?? false },
    async (context) => {
      const [first = '', ...args] = command;
      const child = spawn(first, args, { stdio: ['pipe', 'pipe', 'inherit', 'pipe', 'pipe'] });
      context.after(() => child.kill('SIGKILL'));
      const [, stdout, , control, go] = child.stdio;
      assert.ok(stdout && control instanceof Socket && go instanceof Socket);
      for (const socket of [control, go]) socket.on('error', () => {});
      await once(control, 'data');
      go.end('\n');
      let text = '';
      for await (const chunk of stdout) {
        text += chunk;
        if (told.test(text)) break;
      }
      control.end();
      assert.match(text, told);
    },
  );
}

test('who is refused is in the log, with the reason and a short, harmless beginning of the line', async (context) => {
  const logged: string[] = [];
  const server = await testServer(context, {
    onLogLine: (line) => logged.push(line),
    limits: { loginMs: 300 },
  });
  await WireClient.register(context, server, 'alice');
  for (const first of [
    'REGISTER alice CHAT/1.0\n',
    'REGISTER two words CHAT/1.0\n',
    '\n',
    '@alice: canary\n',
    'Password: canary\n',
    'caf\xe9\n',
    '\x16\x03\x01',
    'x'.repeat(2_000),
    'REGISTER bo',
    '',
  ]) {
    const client = await WireClient.connect(context, server);
    client.send(Buffer.from(first, 'latin1'));
    assert.match(await client.rest(), /^40[01] /);
  }
  const refused = logged.map((line) => JSON.parse(line)).filter(({ msg }) => / refused$/.test(msg));
  assert.deepEqual(
    refused.map(({ level, peer, msg, reason, user, line }) => [level, peer, msg, reason, user ?? line]),
    [
      ['registration refused', 'name taken', 'alice'],
      ['first line refused', 'invalid registration', '"REGISTER two words CHAT/1.0"'],
      ['first line refused', 'invalid first line', '"@alice:…"'],
      ['first line refused', 'invalid first line', '"Password:…"'],
      ['first line refused', 'not valid UTF-8', '"caf\\xe9"'],
      ['first line refused', 'TLS, which needs --tls or --tls-cert', '"\\x16\\x03\\x01"'],
      ['first line refused', 'first line too long', `"${'x'.repeat(40)}…"`],
      ['first line refused', 'no whole line came', '"REGISTER bo"'],
    ].map((told) => [30, '127.0.0.1', ...told]),
  );
  assert.ok(!logged.some((line) => line.includes('canary')));
});

test('a bug that nothing caught is logged, everybody is told goodbye, and the server ends with 70', async (context) => {
  const bug = `process.on('SIGUSR2', () => setImmediate(() => Promise.reject(new Error('a bug on purpose'))))`;
  const server = await startServerProcess(context, ['--data', await temporaryFolder(context)], {
    NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(bug)}`,
  });
  const alice = await WireClient.register(context, server, 'alice');
  assert.equal(await server.end('SIGUSR2'), 70);
  assert.equal(await alice.rest(), 'DISCONNECT CHAT/1.0\n');
  const fatal = server.lines.map((line) => JSON.parse(line)).find(({ level }) => level === 60);
  assert.equal(fatal.err.message, 'a bug on purpose');
});
