import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import { afterEach, describe, it } from 'node:test';
import { endJoiners, Joiner, until } from '../faces/joiner.ts';
import { hastily } from '../support/hastily.ts';
import { testServer } from '../support/server.ts';
import { startScripted } from '../support/stand-in-faults.ts';
import { startStandIn } from '../support/stand-in-server.ts';

/** Runs `earshot join` to its end: exactly one line on standard error, nothing on standard output. */
async function refusedWith(
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
): Promise<{ code: number; error: string }> {
  const joiner = new Joiner(args, { env });
  const code = await joiner.exit();
  assert.equal(joiner.output, '');
  assert.match(joiner.errors, /^earshot: [^\n]+\n$/);
  return { code, error: joiner.errors.trimEnd() };
}

async function answeredWith(answer: string): Promise<{ code: number; error: string }> {
  const server = await startScripted((socket) => {
    socket.once('data', () => socket.end(answer));
  });
  try {
    return await refusedWith(['alice', server.address]);
  } finally {
    server.close();
  }
}

describe('earshot join, refused', () => {
  afterEach(endJoiners);
  for (const unanswered of ['REGISTER']) {
    it(`ends at the first Ctrl-C while a server leaves its ${unanswered} unanswered`, async () => {
      const asked = Promise.withResolvers<void>();
      const server = await startScripted((socket) => {
        socket.on('data', (bytes) => {
          const [, verb = ''] = /^(?:PING CHAT\/1\.1\n\n)?([A-Z]*)/.exec(`${bytes}`) ?? [];
          if (`${bytes}`.endsWith('CHAT/1.1?\n')) {
            socket.write('100 CHAT/1.1\n');
            return;
          }
          if (`${bytes}`.startsWith('PING')) socket.write('200 Pong\n\n');
          if (verb === unanswered) asked.resolve();
        });
      });
      const joiner = new Joiner(['alice', server.address]);
      await asked.promise;
      joiner.signal('SIGINT');
      assert.equal(await joiner.exit(), 0);
      assert.equal(joiner.errors, '');
      server.close();
    });
  }

  for (const address of ['localhost', 'chat://localhost', 'chat://:1', 'chat://h:0', 'chat://h:65536']) {
    it(`rejects the address ${address}`, async () => {
      const { code, error } = await refusedWith(['alice', address]);
      assert.equal(code, 64);
      assert.match(error, /chat:\/\/host:port/);
    });
  }

  it('lists the known transports when an address names another', async () => {
    const { code, error } = await refusedWith(['alice', 'ws://localhost:4711']);
    assert.equal(code, 64);
    assert.match(
      error,
      /"ws:\/\/localhost:4711" is not an address: .* ws:\/\/ here, only chat:\/\/, tcp:\/\//,
    );
  });

  for (const [web, address] of [
    ['http://localhost:4711/', 'chat://localhost:4711'],
    ['https://[::1]:4711', 'chats://[::1]:4711'],
  ] as const) {
    it(`says the chat's address for ${web}, that of its page`, async () => {
      const { code, error } = await refusedWith(['alice', web]);
      assert.equal(code, 64);
      assert.ok(error.includes(`for a browser; the same server is ${address} here`), error);
    });
  }

  it('sends no control characters', async () => {
    const address = 'chat://127.0.0.1:1';
    assert.equal((await refusedWith(['a\nDISCONNECT', address])).code, 64);
    assert.equal((await refusedWith(['a', address, '--follow', 'x\ny'])).code, 64);
  });

  it('refuses a downloads folder that cannot be created', async () => {
    for (const folder of ['/dev/null', '/dev/null/inbox']) {
      const { code, error } = await refusedWith(['a', 'chat://127.0.0.1:1', '--downloads', folder]);
      assert.equal(code, 64);
      assert.match(error, new RegExp(`files cannot be saved in "${folder}": (it is not a folder|no such)`));
    }
  });

  it('refuses a choice and a size of files that there is not', async () => {
    for (const [option, value, words] of [
      ['--accept', 'some', /Allowed choices are all, followed, none/],
      ['--accept-size', 'big', /It must be a size, such as 500K or 10M/],
    ] as const) {
      const joiner = new Joiner(['a', 'chat://127.0.0.1:1', option, value]);
      assert.equal(await joiner.exit(), 64);
      assert.match(joiner.errors, words);
    }
  });

  it('reports that nothing listens at the address', async () => {
    const closed = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => closed.once('listening', resolve));
    const bound = closed.address();
    await new Promise((resolve) => closed.close(resolve));
    const port = typeof bound === 'object' ? bound?.port : bound;
    const { code, error } = await refusedWith(['alice', `chat://127.0.0.1:${port}`]);
    assert.equal(code, 69);
    assert.match(error, /ECONNREFUSED/);
  });

  it('reports an unknown host', async () => {
    assert.equal((await refusedWith(['alice', 'chat://no-such-host.invalid:4711'])).code, 69);
  });

  it('reports why the server refused to register it', async () => {
    for (const answer of [
      '400 Invalid registration',
      '401 Client already registered',
      '403 Password required',
      '503 Out of order',
    ]) {
      const { code, error } = await answeredWith(`${answer}\n`);
      assert.equal(code, 1);
      assert.ok(error.includes(answer), error);
    }
  });

  it('escapes control characters in a refusal', async () => {
    const { error } = await answeredWith('403 \x1b[2J\x07\n');
    assert.ok(error.includes(String.raw`\u{1b}[2J\u{7}`), error);
  });

  it('reports a server of another protocol', async () => {
    assert.match((await answeredWith('HTTP/1.1 400 Bad Request\r\n\r\n')).error, /CHAT\/1\.0/);
    assert.match((await answeredWith('')).error, /lost/);
    assert.match((await answeredWith('\xff\xfe\n')).error, /CHAT\/1\.0/);
  });

  it('gives up on a server that never answers', async (t) => {
    const server = await startScripted(() => {});
    t.after(() => server.close());
    const { code, error } = await refusedWith(['alice', server.address], hastily);
    assert.equal(code, 1);
    assert.match(error, /does not answer/);
  });

  it('reports that its name is taken', async (t) => {
    const server = await startStandIn();
    t.after(() => server.close());
    const first = new Joiner(['twin', server.address]);
    await until('registration', () => server.clients.has('twin'));
    const { code, error } = await refusedWith(['twin', server.address]);
    assert.equal(code, 1);
    assert.match(error, /twin.*401/);
    first.end();
    assert.equal(await first.exit(), 0);
  });

  it('reports that its name is reserved', async (t) => {
    const { port } = await testServer(t);
    const { code, error } = await refusedWith(['admin', `chat://127.0.0.1:${port}`]);
    assert.deepEqual([code, error], [1, 'earshot: the name admin is reserved (401)']);
  });

  it('closes the connection at an endless line', async (t) => {
    const server = await startScripted((socket) => {
      socket.write('200 Registration successful\n');
      socket.write('x'.repeat(1_000_000));
    });
    t.after(() => server.close());
    const { code, error } = await refusedWith(['alice', server.address]);
    assert.equal(code, 1);
    assert.match(error, /line of more than/);
  });

  it('reports a broken connection, whatever the cause', async (t) => {
    const server = await startScripted((socket) => {
      socket.once('data', () => socket.resetAndDestroy());
    });
    t.after(() => server.close());
    const { code, error } = await refusedWith(['alice', server.address]);
    assert.equal(code, 1);
    assert.match(error, /lost/);
  });
});
