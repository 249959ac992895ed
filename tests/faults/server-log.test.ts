import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { startServerProcess } from '../support/server-process.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { WireClient } from '../support/wire-client.ts';

const program = fileURLToPath(new URL('../../bin/earshot.js', import.meta.url));

test('a reader of the log that reads nothing holds nobody up', async (context) => {
  const data = await temporaryFolder(context);
  const child = spawn(process.execPath, [program, 'serve', '--data', data, '--log-level', 'debug'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  context.after(() => child.kill('SIGKILL'));
  // A debug line a request: the pipe is full long before the end.
  const port = await new Promise<number>((resolve) => {
    let text = '';
    const onData = (chunk: Buffer): void => {
      text += chunk;
      const [, digits] = /chat:\/\/[^"]*:([0-9]+)"/.exec(text) ?? [];
      if (digits === undefined) return;
      child.stdout.off('data', onData);
      child.stdout.pause();
      resolve(Number(digits));
    };
    child.stdout.on('data', onData);
  });
  const server = { port };
  const alice = await WireClient.register(context, server, 'alice');
  for (let round = 0; round < 40; round++) {
    const guests = await Promise.all(
      Array.from({ length: 25 }, (_, at) => WireClient.register(context, server, `guest-${round}-${at}`)),
    );
    for (const guest of guests) guest.send(`DISCONNECT x CHAT/1.0\n`);
    await Promise.all(guests.map((guest) => guest.rest()));
  }
  assert.equal(await alice.ask('!list'), 'alice');
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  assert.deepEqual(await ended, [0, null]);
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
