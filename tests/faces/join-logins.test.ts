import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { open as openFile, readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, type TestContext, test } from 'node:test';
import { promisify } from 'node:util';
import { Pty, ptyMissing, quoted } from '../support/pty.ts';
import { testServer } from '../support/server.ts';
import { admitted, startChat11StandIn } from '../support/stand-in-chat11.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { earshot, endJoiners, Joiner } from './joiner.ts';

const skip = ptyMissing;
const accounts = { alice: 'correct horse' };

/** Runs `earshot join` on a terminal, and with pipes, with one state folder. */
async function desk(context: TestContext, port: number) {
  const folder = await temporaryFolder(context);
  const env = { XDG_STATE_HOME: folder, XDG_CONFIG_HOME: folder };
  const address = `chat://127.0.0.1:${port}`;
  const open = (args: readonly string[], more = {}, before = ''): Pty => {
    const words = [process.execPath, earshot, 'join', 'alice', address, ...args];
    const pty = new Pty(`${before} exec ${words.map(quoted).join(' ')}`, {
      columns: 120,
      cwd: folder,
      env: { ...env, ...more },
    });
    context.after(() => pty.close());
    return pty;
  };
  const run = async (face: string, input = '') => {
    const program = new Joiner(['alice', address], { face, cwd: folder, env });
    program.end(input);
    return { code: await program.exit(), output: program.output, errors: program.errors };
  };
  return { folder, open, run };
}

const last = (pty: Pty, row: string): Promise<void> => pty.waitFor(row, ({ rows }) => rows.at(-1) === row);

async function leave(pty: Pty): Promise<void> {
  await last(pty, '>');
  pty.type('!exit\r');
  assert.equal(await pty.exit(), 0);
}

const runProgram = promisify(execFile);

/**
 * For NODE_OPTIONS: a program that stops, once each, where it reads the kept login and where it loads what asks for a
 * password, until somebody has opened and closed the pipe of that name in `folder`.
 */
function stopping(folder: string): string {
  const code = `
    import { readFileSync } from 'node:fs';
    import promises from 'node:fs/promises';
    import { registerHooks, syncBuiltinESMExports } from 'node:module';
    const left = new Set(['read', 'load']);
    const stop = (name) => left.delete(name) && readFileSync(${JSON.stringify(folder)} + '/' + name);
    const { readFile } = promises;
    promises.readFile = async (path, ...rest) => {
      if (/alice-[0-9a-f]{16}\\.json$/.test(path)) {
        stop('read');
        // A signal that came meanwhile is heard now.
        for (let round = 0; round < 2; round++) await new Promise(setImmediate);
      }
      return readFile(path, ...rest);
    };
    syncBuiltinESMExports();
    registerHooks({
      load(url, context, next) {
        if (url.endsWith('/hidden-line.ts')) stop('load');
        return next(url, context);
      },
    });`;
  return `--import=data:text/javascript,${encodeURIComponent(code)}`;
}

describe('logins of earshot join', { skip }, () => {
  afterEach(endJoiners);

  test('a login that is kept needs no password, at a terminal or in a pipe, until logout', async (context) => {
    const { port } = await testServer(context, { accounts });
    const { folder, open, run } = await desk(context, port);
    const first = open(['--keep-login']);
    await last(first, 'Password for alice:');
    first.type('correct horse\r');
    await leave(first);
    const [file = ''] = (await readdir(join(folder, 'earshot'))).filter((name) => name.startsWith('alice-'));
    const path = join(folder, 'earshot', file);
    assert.equal((await stat(path)).mode & 0o777, 0o600);
    const { token } = JSON.parse(await readFile(path, 'utf8'));
    assert.ok(typeof token === 'string');
    await leave(open([]));
    assert.deepEqual(await run('join', '!list\n'), { code: 0, output: 'alice\n', errors: '' });
    assert.equal(JSON.parse(await readFile(path, 'utf8')).token, token, 'it stays kept');
    const forgotten = await run('logout');
    assert.equal(forgotten.code, 0);
    assert.match(forgotten.output, /^The login of alice at chat:.* is forgotten on this machine.*!devices/);
    assert.doesNotMatch(await readFile(path, 'utf8'), /token/);
    assert.equal((await run('join', '!list\n')).code, 1);
    assert.equal((await run('logout')).code, 67);
    const again = open([]);
    await last(again, 'Password for alice:');
    again.type('\x03');
    assert.equal(await again.exit(), 0);
  });

  test('a terminal takes the password from the environment too, and asks when it is wrong', async (context) => {
    const { port } = await testServer(context, { accounts });
    const { open } = await desk(context, port);
    const given = open([], { EARSHOT_PASSWORD: 'correct horse' });
    await leave(given);
    assert.doesNotMatch(given.raw, /Password/);
    const wrong = open([], { EARSHOT_PASSWORD: 'wrong horse' });
    await last(wrong, 'Password for alice:');
    assert.ok(wrong.rows.includes('That is not the password.'));
    wrong.type('correct horse\r');
    await leave(wrong);
  });

  test('what is typed before the question for the password is not shown, and counts as the answer', async (context) => {
    const asked = Promise.withResolvers<() => void>();
    const passwords: unknown[] = [];
    const server = await startChat11StandIn(context, (request, peer) => {
      const { kind } = request;
      if (kind === 'register') asked.resolve(() => peer.refuse(403));
      if (kind === 'login') {
        passwords.push(request.password);
        peer.answer({ kind: 'login', ...admitted });
      }
      return kind !== 'register' && kind !== 'login';
    });
    const { open } = await desk(context, server.address.port);
    const pty = open([]);
    const answer = await asked.promise;
    pty.type('a canary\r');
    answer();
    await last(pty, '>');
    assert.deepEqual(passwords, ['a canary']);
    assert.doesNotMatch(pty.raw, /canary/);
  });

  test('the terminal shows nothing that is typed between the answer of the server and the question', async (context) => {
    const passwords: unknown[] = [];
    const server = await startChat11StandIn(context, (request, peer) => {
      const { kind } = request;
      if (kind === 'register') peer.refuse(403);
      if (kind === 'login') {
        passwords.push(request.password);
        peer.answer({ kind: 'login', ...admitted });
      }
      return kind !== 'register' && kind !== 'login';
    });
    const { folder, open } = await desk(context, server.address.port);
    const pipes = ['read', 'load'].map((name) => join(folder, name));
    await runProgram('mkfifo', pipes);
    const pty = open([], { NODE_OPTIONS: stopping(folder) }, 'tty;');
    await pty.waitFor('the name of the terminal', ({ rows }) => rows[0]?.startsWith('/dev/') === true);
    for (const pipe of pipes) {
      const stopped = await openFile(pipe, 'w');
      const { stdout } = await runProgram('stty', ['-F', pty.rows[0] ?? '', '-a']);
      assert.match(stdout, / -echo /, `stopped at ${pipe}`);
      if (pipe === pipes[0]) pty.type('a canary\r');
      await stopped.close();
    }
    await last(pty, '>');
    assert.deepEqual(passwords, ['a canary']);
    assert.doesNotMatch(pty.raw, /canary/);
  });

  test('who leaves while the kept login is read is asked nothing', async (context) => {
    const server = await startChat11StandIn(context, ({ kind }, peer) => {
      if (kind === 'register') peer.refuse(403);
      return kind !== 'register';
    });
    const { folder, open } = await desk(context, server.address.port);
    const pipes = ['read', 'load'].map((name) => join(folder, name));
    await runProgram('mkfifo', pipes);
    const pty = open([], { NODE_OPTIONS: stopping(folder) }, 'echo $$;');
    await pty.waitFor('the number of the process', ({ rows }) => /^[0-9]+$/.test(rows[0] ?? ''));
    for (const pipe of pipes) {
      const stopped = await openFile(pipe, 'w');
      if (pipe === pipes[0]) process.kill(Number(pty.rows[0]), 'SIGINT');
      await stopped.close();
    }
    assert.equal(await pty.exit(), 0);
    assert.equal(pty.rows.length, 1, pty.rows.join());
  });

  test('Ctrl-C leaves before the server has answered', async (context) => {
    const asked = Promise.withResolvers<void>();
    const server = await startChat11StandIn(context, ({ kind }) => {
      if (kind === 'register') asked.resolve();
      return kind !== 'register';
    });
    const { open } = await desk(context, server.address.port);
    const pty = open([]);
    await asked.promise;
    pty.type('secret\x03');
    assert.equal(await pty.exit(), 0);
    assert.doesNotMatch(pty.raw, /secret/);
  });
});
