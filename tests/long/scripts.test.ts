import assert from 'node:assert/strict';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { afterEach, describe, test } from 'node:test';
import { earshot, endJoiners, Joiner } from '../faces/joiner.ts';
import { scriptScene } from '../faces/script-scene.ts';
import { hastily } from '../support/hastily.ts';
import { Pty, ptyMissing, quoted } from '../support/pty.ts';
import { startChat11StandIn } from '../support/stand-in-chat11.ts';
import { startScripted } from '../support/stand-in-faults.ts';
import { WireClient } from '../support/wire-client.ts';

describe('the commands for scripts', () => {
  afterEach(endJoiners);

  test('send sends its words, or the lines of its input, and says by its exit code whether they are stored', async (context) => {
    const { server, address, run } = await scriptScene(context);
    const bob = await WireClient.register(context, server, 'bob');
    const quiet = { code: 0, output: '', errors: '' };
    assert.deepEqual(await run('send', [address, 'hello', '@bob', '--name', 'ci']), quiet);
    const env = { EARSHOT_URL: address, EARSHOT_NAME: 'ci' };
    assert.deepEqual(await run('send', ['db:5432', '@bob'], env), quiet);
    assert.deepEqual(await run('send', ['--to', 'bob', 'psst', '--require-reached'], env), quiet);
    const many = Array.from({ length: 40 }, (_, i) => `@bob ${i}`);
    assert.deepEqual(await run('send', ['--rate', '0'], env, many.join('\n')), quiet);
    assert.deepEqual(await bob.lines(43), [
      '@ci: hello @bob',
      '@ci: db:5432 @bob',
      '@ci: (private) psst',
      ...many.map((text) => `@ci: ${text}`),
    ]);
    const nobody = await run('send', ['--to', 'nobody', 'psst'], env);
    assert.deepEqual(
      [nobody.code, nobody.errors],
      [1, 'earshot: the text was not sent: Nobody has the name nobody\n'],
    );
    assert.deepEqual(await run('send', ['pear'], env), quiet);
    const unheard = await run('send', ['pear', '--require-reached'], env);
    assert.deepEqual(
      [unheard.code, unheard.errors],
      [1, 'earshot: 1 message reached nobody who is online; the server keeps them\n'],
    );
    const bad = await run('send', [], env, `@bob one\n\n@bob \x1b\n${'x'.repeat(300_000)}\n@bob last`);
    assert.equal(bad.code, 1);
    assert.equal(
      bad.errors,
      'earshot: line 3 was not sent: it holds control characters\nearshot: line 4 was not sent: it is too long\n',
    );
    assert.deepEqual(await bob.lines(2), ['@ci: @bob one', '@ci: @bob last']);
  });

  test('send gives up when its server stays away, and says so, though its input is still open', async (context) => {
    const { server, address, usual } = await scriptScene(context);
    const bob = await WireClient.register(context, server, 'bob');
    const sending = new Joiner([address, '--name', 'ci'], { face: 'send', env: { ...usual, ...hastily } });
    sending.write('hello @bob\n');
    assert.equal(await bob.line(), '@ci: hello @bob');
    await server.close();
    assert.deepEqual([await sending.exit(), sending.errors], [1, 'earshot: the server was away for 30 s\n']);
  });

  test('send gives up when the server stores nothing, as on a full disk', async (context) => {
    const { usual } = await scriptScene(context);
    const server = await startChat11StandIn(context, ({ kind }, peer) => {
      if (kind !== 'send') return true;
      peer.refuse(507);
      return false;
    });
    const env = { ...usual, ...hastily };
    const address = `chat://127.0.0.1:${server.address.port}`;
    const words = new Joiner([address, 'hello', '--name', 'ci'], { face: 'send', env });
    const lines = new Joiner([address, '--name', 'ci', '--rate', '0'], { face: 'send', env });
    lines.end('line\n'.repeat(500));
    const why = 'earshot: the server stored nothing for 60 s\n';
    assert.equal(await words.exit(), 1);
    assert.equal(
      words.errors,
      `earshot: the text was not sent: The client was closed: it was not sent\n${why}`,
    );
    assert.equal(await lines.exit(), 1);
    assert.ok(lines.errors.endsWith(why), lines.errors);
    // Those that waited, and the one that was read meanwhile; not all that was still to be read.
    assert.ok(lines.errors.split('\n').length <= 68, lines.errors);
  });

  test('send without a text says at a terminal what it waits for', { skip: ptyMissing }, async (context) => {
    const { server, address } = await scriptScene(context);
    const bob = await WireClient.register(context, server, 'bob');
    const words = [process.execPath, earshot, 'send', '--name', 'ci', address];
    const pty = new Pty(`exec ${words.map(quoted).join(' ')}`, { columns: 120 });
    context.after(() => pty.close());
    await pty.waitFor('the hint', ({ rows }) =>
      rows.includes('Each line that you type is sent; Ctrl-D ends.'),
    );
    pty.type('lunch, @bob\r');
    assert.equal(await bob.line(), '@ci: lunch, @bob');
    pty.type('\x04');
    assert.equal(await pty.exit(), 0);
  });

  test('a signal before the end of its input is a failure of send', async (context) => {
    const { server, address, usual } = await scriptScene(context);
    const bob = await WireClient.register(context, server, 'bob');
    const sending = new Joiner([address, '--name', 'ci'], { face: 'send', env: usual });
    sending.write('hello @bob\n');
    assert.equal(await bob.line(), '@ci: hello @bob');
    sending.signal('SIGINT');
    assert.equal(await sending.exit(), 1);
  });

  for (const [face, ...words] of [['send', 'hello', '--name', 'ci'], ['list'], ['history', '--name', 'ci']]) {
    test(`a signal during the login is a failure of ${face}`, async (context) => {
      const silent = createServer();
      const connected = once(silent, 'connection');
      silent.listen(0, '127.0.0.1');
      await once(silent, 'listening');
      context.after(() => silent.close());
      const { port } = silent.address() as AddressInfo;
      const program = new Joiner([`chat://127.0.0.1:${port}`, ...words], { ...(face && { face }) });
      const [socket] = await connected;
      context.after(() => socket.destroy());
      program.signal('SIGTERM');
      assert.deepEqual([await program.exit(), program.errors, program.output], [1, '', '']);
    });
  }

  test('send sends a file', async (context) => {
    const { server, address, run, folder } = await scriptScene(context);
    const bob = await WireClient.register(context, server, 'bob', 'Follow: log\n\n');
    await writeFile(join(folder, 'build.log'), 'ok');
    const env = { EARSHOT_URL: address, EARSHOT_NAME: 'ci' };
    assert.deepEqual(await run('send', ['--attach', 'build.log', '--terms', 'log'], env), {
      code: 0,
      output: '',
      errors: '',
    });
    assert.match(await bob.line(), /build\.log/);
    for (const [args, code, problem] of [
      [['--attach', 'none.log', '--terms', 'log'], 1, /none\.log.* no such file/],
      [['--attach', 'build.log'], 64, /--attach needs --terms or --to/],
      [['--terms', 'log', 'hi'], 64, /--terms needs --attach/],
      [['--attach', 'build.log', '--terms', 'a b'], 64, /"a b" cannot be followed/],
    ] as const) {
      const ended = await run('send', args, env);
      assert.equal(ended.code, code);
      assert.match(ended.errors, problem);
    }
  });

  test('list needs no name', async (context) => {
    const { server, address, run } = await scriptScene(context);
    assert.deepEqual(await run('list', [address]), { code: 0, output: '', errors: '' });
    await WireClient.register(context, server, 'bob');
    await WireClient.register(context, server, 'ann');
    assert.equal((await run('list', [address.replace('chat://', '')])).output, 'bob\nann\n');
    assert.equal((await run('list', ['--json'], { EARSHOT_URL: address })).output, '["bob","ann"]\n');
    const none = await run('list', ['chat://127.0.0.1:1']);
    assert.equal(none.code, 69);
    assert.match(none.errors, /^earshot: cannot reach chat:\/\/127\.0\.0\.1:1: /);
  });

  test('a server that says nothing cannot be reached, as behind a tunnel to where none runs', async (context) => {
    const { run } = await scriptScene(context);
    const tunnel = await startScripted((socket) => socket.destroy());
    context.after(() => tunnel.close());
    const expected = { code: 69, output: '', errors: `earshot: ${tunnel.address} gave no answer\n` };
    for (const face of ['send', 'tail', 'list', 'history']) {
      const args = face === 'list' ? ['--url', tunnel.address] : ['--url', tunnel.address, '--name', 'ci'];
      assert.deepEqual(await run(face, args, {}, 'hello'), expected, face);
    }
    assert.deepEqual(await run('join', ['ci', tunnel.address, '--protocol', 'chat11']), expected);
  });

  test('they end quietly when nobody reads', async (context) => {
    const { asKeeper, usual, folder } = await scriptScene(context);
    for (const [face, code] of [
      ['list', 141],
      ['history', 141],
      ['config', 0],
    ] as const) {
      const first = new Joiner(['said'], { face: 'send', cwd: folder, env: { ...usual, ...asKeeper } });
      assert.equal(await first.exit(), 0);
      const reader = new Joiner(face === 'list' ? ['--json'] : [], {
        face,
        cwd: folder,
        env: { ...usual, ...asKeeper },
      });
      reader.stopReading();
      assert.equal(await reader.exit(), code, face);
      assert.equal(reader.errors, '');
    }
  });

  test('history prints what reached an account, page by page', async (context) => {
    const { run, asKeeper } = await scriptScene(context);
    const texts = Array.from({ length: 450 }, (_, i) => `${i % 2 === 0 ? 'even' : 'odd'} ${i}`);
    assert.equal((await run('send', ['--rate', '0'], asKeeper, texts.join('\n'))).code, 0);
    const all = await run('history', ['--json', '--limit', '0'], asKeeper);
    const entries = all.output
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    assert.deepEqual(
      entries.map(({ text }) => text),
      texts,
    );
    const said = async (args: readonly string[]): Promise<string[]> => {
      const { code, output } = await run('history', ['--json', ...args], asKeeper);
      assert.equal(code, 0);
      return output
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line).text);
    };
    assert.deepEqual(await said([]), texts.slice(-20));
    assert.deepEqual(await said(['--limit', '300']), texts.slice(-300));
    assert.deepEqual(await said(['--match', 'odd', '--limit', '2']), ['odd 447', 'odd 449']);
    assert.deepEqual(await said(['--after', entries[9].cursor, '--limit', '2']), texts.slice(10, 12));
    assert.deepEqual(await said(['--before', entries[9].cursor, '--limit', '2']), texts.slice(7, 9));
    const plain = await run('history', ['--limit', '1'], asKeeper);
    assert.match(plain.output, /^\d{4}-\d\d-\d\d \d\d:\d\d {2}@keeper: odd 449\n$/);
    for (const [args, code] of [
      [['--before', 'x'], 64],
      [['--after', '1@other'], 1],
      [['--match', 'a b'], 64],
    ] as const) {
      assert.equal((await run('history', args, asKeeper)).code, code);
    }
  });

  test('history says why a guest has none', async (context) => {
    const { address, run } = await scriptScene(context);
    const { code, output, errors } = await run('history', [address, '--name', 'alice']);
    assert.deepEqual([code, output], [0, '']);
    assert.match(errors, /^earshot: alice has no account here, .*nothing to show\n$/);
  });
});
