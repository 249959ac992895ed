import assert from 'node:assert/strict';
import { chmod, mkdir, readdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { runEarshot, startServerProcess } from '../support/server-process.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { WireClient } from '../support/wire-client.ts';

test('it starts without an option, keeps its data where XDG says, and tells where it is', async (context) => {
  const home = await temporaryFolder(context);
  const server = await startServerProcess(context, [], { XDG_DATA_HOME: home });
  const listening = JSON.parse(server.lines.find((line) => line.includes('"listening"')) ?? '{}');
  const waiting = `[INFO] Waiting for connection on port ${server.port}...`;
  assert.ok(server.lines.some((line) => JSON.parse(line).msg === waiting));
  assert.equal(listening.address, `chat://127.0.0.1:${server.port}`);
  assert.match(listening.join, /earshot join NAME chat:\/\/127\.0\.0\.1:[0-9]+$/);
  assert.equal(listening.data, join(home, 'earshot'));
  const alice = await WireClient.register(context, server, 'alice');
  const waits = () => server.lines.filter((line) => line.includes(waiting)).length;
  assert.equal(waits(), 1);
  alice.send('DISCONNECT alice CHAT/1.0\n');
  while (waits() < 2) await new Promise(setImmediate);
  await WireClient.register(context, server, 'bob');
  assert.equal(await server.end('SIGTERM'), 0);
  assert.equal(waits(), 2, 'not when the server stops');
});

test('whatever is made in the data folder is for its owner alone', async (context) => {
  const data = join(await temporaryFolder(context), 'new', 'folder');
  const server = await startServerProcess(context, ['--data', data]);
  const alice = await WireClient.register(context, server, 'alice', '\n');
  assert.equal(await alice.ask('!attach note.txt apple'), 'ATTACH note.txt CHAT/1.0');
  assert.match(await alice.ask('Content-Length: 4\nnote'), /distributed/);
  assert.equal((await stat(data)).mode & 0o777, 0o700);
  for (const entry of await readdir(data, { recursive: true })) {
    const { mode } = await stat(join(data, entry));
    assert.equal(mode & 0o077, 0, entry);
  }
  assert.equal(await server.end('SIGTERM'), 0);
});

test('options can be variables, and a mistake in either is told in one line', async (context) => {
  const data = await temporaryFolder(context);
  const server = await startServerProcess(context, [], {
    EARSHOT_DATA: data,
    EARSHOT_DEFAULT_FOLLOW: 'apple, pie',
  });
  const alice = await WireClient.register(context, server, 'alice');
  assert.equal(await alice.ask('!follow?'), 'apple, pie, @alice, @all');
  for (const [args, environment, expected] of [
    [['--port', '70000'], {}, /whole number from 0 to 65535/],
    [[], { EARSHOT_PORT: 'http' }, /whole number from 0 to 65535/],
    [['--retain', '6'], {}, /whole number from 7 to 36500/],
    [[], { EARSHOT_RETAIN: 'for ever' }, /whole number from 7 to 36500/],
    [['--chat10-charset', 'latin-1'], {}, /Allowed choices are ascii, utf-8/],
    [['--default-follow', 'two words'], {}, /A term is one word/],
    [['--limit', 'outboxbytes=3'], {}, /none of the limits that can be changed/],
    [['--limit', 'outboxBytes'], {}, /name=number/],
    [['--limit', 'passwordHashKiB=7'], {}, /at least 8/],
    [[], { EARSHOT_INSECURE_PASSWORDS: 'false' }, /Allowed choices are yes, no/],
    [['--colour'], {}, /unknown option/],
  ] as const) {
    const { exitCode, stderr } = await runEarshot(['serve', '--data', data, ...args], environment);
    assert.equal(exitCode, 64, stderr);
    assert.match(stderr, expected);
    assert.doesNotMatch(stderr, /\n\s+at /);
  }
});

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  test(`${signal}: everybody is told, what is under way is finished, exit 0`, async (context) => {
    const server = await startServerProcess(context, [
      '--data',
      await temporaryFolder(context),
      '--message-rate',
      '0',
    ]);
    const alice = await WireClient.register(context, server, 'alice');
    const bob = await WireClient.register(context, server, 'bob', 'Follow: apple\n\n');
    assert.match(await bob.ask('!follow?'), /apple/);
    for (let i = 0; i < 200; i++) alice.send(`@alice: apple ${i}\n`);
    assert.match(await alice.ask('!list'), /bob/);
    const exitCode = server.end(signal);
    assert.deepEqual(
      await bob.lines(200),
      Array.from({ length: 200 }, (_, i) => `@alice: apple ${i}`),
    );
    assert.equal(await bob.rest(), 'DISCONNECT CHAT/1.0\n');
    assert.equal(await alice.rest(), 'DISCONNECT CHAT/1.0\n');
    assert.equal(await exitCode, 0);
  });
}

test('an upload that has begun is finished before the server goes', async (context) => {
  const server = await startServerProcess(context, ['--data', await temporaryFolder(context)]);
  const alice = await WireClient.register(context, server, 'alice', '\n');
  const bob = await WireClient.register(context, server, 'bob', 'Follow: apple\n\n');
  assert.match(await bob.ask('!follow?'), /apple/);
  assert.equal(await alice.ask('!attach note.txt apple'), 'ATTACH note.txt CHAT/1.0');
  // Behind the header's answer the server is known to be taking the bytes.
  alice.send('Content-Length: 8\nhalf');
  assert.equal(await bob.ask('!list'), 'alice, bob');
  const exitCode = server.end('SIGTERM');
  alice.send('half');
  assert.deepEqual(await alice.rest(), 'Attachment note.txt attached and distributed\nDISCONNECT CHAT/1.0\n');
  assert.equal(
    await bob.rest(),
    'ATTACHMENT note.txt CHAT/1.0\nOrigin: alice\nContent-Length: 8\nhalfhalfDISCONNECT CHAT/1.0\n',
  );
  assert.equal(await exitCode, 0);
});

test('an upload that does not end keeps nobody else waiting for their goodbye', async (context) => {
  const folder = await temporaryFolder(context);
  const server = await startServerProcess(context, ['--data', folder, '--limit', 'shutdownMs=2500']);
  const alice = await WireClient.register(context, server, 'alice', '\n');
  const bob = await WireClient.register(context, server, 'bob');
  const frozen = await WireClient.register(context, server, 'frozen');
  frozen.freeze();
  assert.equal(await alice.ask('!attach note.txt apple'), 'ATTACH note.txt CHAT/1.0');
  alice.send('Content-Length: 8\nhalf');
  assert.equal(await bob.ask('!list'), 'alice, bob, frozen');
  const exitCode = server.end('SIGHUP');
  // Until it is over, everybody may still talk.
  assert.equal(await bob.ask('!list'), 'alice, bob, frozen');
  assert.equal(await bob.rest(), 'DISCONNECT CHAT/1.0\n');
  assert.match(await alice.rest(), /could not be sent\nDISCONNECT CHAT\/1\.0\n$/);
  assert.equal(await exitCode, 0);
});

test('a second signal ends the server at once, with 128 plus its number', async (context) => {
  const server = await startServerProcess(context, ['--data', await temporaryFolder(context)]);
  const alice = await WireClient.register(context, server, 'alice', '\n');
  assert.equal(await alice.ask('!attach note.txt apple'), 'ATTACH note.txt CHAT/1.0');
  alice.send('Content-Length: 8\nhalf');
  const { process: child } = server;
  child.kill('SIGTERM');
  while (!server.lines.some((line) => line.includes('"stopping"'))) await new Promise(setImmediate);
  // The first ones count as the same key press.
  while (child.exitCode === null && child.signalCode === null) {
    child.kill('SIGINT');
    await new Promise(setImmediate);
  }
  assert.equal(child.exitCode, 130);
});

test('an empty variable is one that nobody set: the server listens on this machine only', async (context) => {
  const home = await temporaryFolder(context);
  const server = await startServerProcess(context, [], {
    XDG_DATA_HOME: home,
    EARSHOT_HOST: '',
    EARSHOT_DATA: '',
  });
  const listening = JSON.parse(server.lines.find((line) => line.includes('"listening"')) ?? '{}');
  assert.equal(listening.address, `chat://127.0.0.1:${server.port}`);
  assert.equal(listening.data, join(home, 'earshot'));
});

test('a taken port, an unusable folder and a folder in use are each one line and a code of their own', async (context) => {
  const data = await temporaryFolder(context);
  const server = await startServerProcess(context, ['--data', data]);
  const second = await runEarshot(['serve', '--data', data]);
  assert.equal(second.exitCode, 75);
  assert.match(
    second.stderr,
    new RegExp(`in use by the server with process id ${server.pid} at chat://.*:${server.port}`),
  );

  const taken = await runEarshot([
    'serve',
    '--data',
    await temporaryFolder(context),
    '--port',
    String(server.port),
  ]);
  assert.equal(taken.exitCode, 69);
  assert.match(taken.stderr, /the port is taken/);

  const folder = await temporaryFolder(context);
  await writeFile(join(folder, 'file'), '');
  const notAFolder = await runEarshot(['serve', '--data', join(folder, 'file')]);
  assert.equal(notAFolder.exitCode, 73);
  assert.match(notAFolder.stderr, /cannot be used/);

  await mkdir(join(folder, 'other'));
  await writeFile(join(folder, 'other', 'earshot.db'), 'this is no database, whatever it is called');
  const notADatabase = await runEarshot(['serve', '--data', join(folder, 'other')]);
  assert.equal(notADatabase.exitCode, 73);

  await mkdir(join(folder, 'third'));
  await writeFile(join(folder, 'third', 'attachments'), '');
  const notASpool = await runEarshot(['serve', '--data', join(folder, 'third')]);
  assert.equal(notASpool.exitCode, 73);
  const notMakeable = await runEarshot(['serve', '--data', '/proc/nothing/here']);
  assert.equal(notMakeable.exitCode, 73);

  for (const { stderr } of [second, taken, notAFolder, notADatabase, notASpool, notMakeable]) {
    assert.equal(stderr.trim().split('\n').length, 1, stderr);
  }
});

test(
  'a data folder that cannot be written is told',
  { skip: process.getuid?.() === 0 && 'root may write anywhere' },
  async (context) => {
    const folder = await temporaryFolder(context);
    await chmod(folder, 0o500);
    const { exitCode } = await runEarshot(['serve', '--data', folder]);
    assert.equal(exitCode, 73);
  },
);

test('where the system allows few open files, connections are refused before they run out, and others go on', async (context) => {
  const few = ['bash', '-c', 'ulimit -n 203; exec "$0" "$@"'];
  const server = await startServerProcess(context, ['--data', await temporaryFolder(context)], {}, few);
  const warning = server.lines.map((line) => JSON.parse(line)).find(({ most }) => most !== undefined);
  assert.equal(warning.most, 50);
  const alice = await WireClient.register(context, server, 'alice');
  const bob = await WireClient.register(context, server, 'bob');
  const others = await Promise.all(Array.from({ length: 120 }, () => WireClient.connect(context, server)));
  let refused = 0;
  await new Promise<void>((resolve) => {
    for (const { socket } of others) {
      const onClose = (): void => {
        if (++refused === 120 - 48) resolve();
      };
      if (socket.closed) onClose();
      else socket.once('close', onClose);
    }
  });
  bob.send('@bob: still here, @alice\n');
  assert.equal(await alice.line(), '@bob: still here, @alice');
  assert.ok(server.lines.some((line) => line.includes('connection refused')));
});
