import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, type TestContext, test } from 'node:test';
import { connect } from '../../src/client-node/connect.ts';
import { endJoiners, Joiner } from '../faces/joiner.ts';
import { closing } from '../support/client-events.ts';
import { CuttingProxy } from '../support/cutting-proxy.ts';
import { testServer } from '../support/server.ts';
import { startChat11StandIn } from '../support/stand-in-chat11.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const accounts = { keeper: 'correct horse' };

/** A server, a sender, and a folder for a bot that has the account `keeper`. */
async function scene(context: TestContext) {
  const server = await testServer(context, { accounts });
  const address = `chat://127.0.0.1:${server.port}`;
  const folder = await temporaryFolder(context);
  const ci = closing(context, await connect(address, { name: 'ci', stateFolder: false }));
  const env = { EARSHOT_URL: address, XDG_STATE_HOME: folder, XDG_CONFIG_HOME: folder };
  const asKeeper = { ...env, EARSHOT_NAME: 'keeper', EARSHOT_PASSWORD: 'correct horse' };
  const tail = (args: readonly string[], more: NodeJS.ProcessEnv = asKeeper): Joiner =>
    new Joiner(['--follow', 'deploy', ...args], { face: 'tail', cwd: folder, env: more });
  /** Waits until the program is logged in and follows what it shall. */
  const ready = async (name: string): Promise<void> => {
    for (;;) {
      const { reached } = await ci.sendTo(name, 'ready?').catch(() => ({ reached: 0 }));
      if (reached === 1) return;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  };
  return { server, address, folder, ci, env, asKeeper, tail, ready };
}

/** Starts a `tail` whose first line says that it is ready. */
async function started({ tail, ci, ready }: Awaited<ReturnType<typeof scene>>, args: readonly string[]) {
  const program = tail(args);
  await program.waitFor('the follow', ({ errors }) => errors.includes('keeper follows deploy from now on'));
  void ci;
  await ready('keeper');
  return program;
}

describe('earshot tail', () => {
  afterEach(endJoiners);

  test('waits with --wait for a server that is away at the start', async (context) => {
    const all = await scene(context);
    const proxy = await CuttingProxy.open(context, 1);
    const program = all.tail(['--wait', '--count', '1', `chat://127.0.0.1:${proxy.port}`]);
    await program.waitFor('the wait', ({ errors }) => /Waiting for it\.\n/.test(errors));
    proxy.target = all.server.port;
    await all.ready('keeper');
    assert.equal(await program.exit(), 0);
    assert.match(program.output, /ready\?/);
    assert.equal(program.errors.match(/Waiting/g)?.length, 1);
  });

  test('prints one JSON object a line, and ends after --count', async (context) => {
    const all = await scene(context);
    const program = await started(all, ['--json', '--count', '3']);
    await all.ci.send('deploy \u202ea b');
    await all.ci.send('nothing to hear');
    await all.ci.sendTo('keeper', 'psst');
    await all.ci.send('deploy once more');
    assert.equal(await program.exit(), 0);
    const entries = program.output
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    assert.deepEqual(
      entries.slice(-2).map(({ kind, from, to, text, matched }) => [kind, from, to, text, matched]),
      [
        ['message', 'ci', null, 'deploy \u202ea b', ['deploy']],
        ['message', 'ci', 'keeper', 'psst', []],
      ],
    );
    assert.match(entries[2].cursor, new RegExp(`^${entries[2].position}@${entries[2].epoch}$`));
    assert.match(entries[2].time, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  });

  test('goes on where it stopped, and from a cursor with --since', async (context) => {
    const all = await scene(context);
    const first = await started(all, ['--json', '--count', '2']);
    await all.ci.send('deploy 1');
    assert.equal(await first.exit(), 0);
    for (const number of [2, 3, 4]) await all.ci.send(`deploy ${number}`);
    const second = all.tail(['--json', '--count', '2']);
    assert.equal(await second.exit(), 0);
    assert.deepEqual(textsOf(second), ['deploy 2', 'deploy 3']);
    const { cursor } = JSON.parse(first.output.trimEnd().split('\n').at(-1) ?? '');
    const third = all.tail(['--json', '--count', '3', '--since', cursor]);
    assert.equal(await third.exit(), 0);
    assert.deepEqual(textsOf(third), ['deploy 2', 'deploy 3', 'deploy 4']);
    await all.ci.send('deploy 5');
    const now = all.tail(['--json', '--since', 'now', '--cursor', 'other']);
    await all.ready('keeper');
    await now.waitFor('a line', ({ output }) => output.includes('\n'));
    assert.ok(!textsOf(now).includes('deploy 5'));
  });

  test('runs a command for each message in order; a failed one comes again', async (context) => {
    const all = await scene(context);
    // Fails twice at the second message.
    const command =
      'printf "%s|%s|%s|%s|" "$EARSHOT_FROM" "$EARSHOT_TEXT" "$EARSHOT_MATCHED" "$EARSHOT_PASSWORD" >>out; cat >>out; ' +
      'case $EARSHOT_TEXT in *two*) echo x >>tries; [ "$(wc -l <tries)" -ge 3 ];; esac';
    const program = await started(all, ['--exec', command]);
    await all.ci.send('deploy one $(touch pwned) `touch pwned`');
    await all.ci.send('deploy two');
    await all.ci.send('deploy three');
    const out = join(all.folder, 'out');
    await lines(out, 'deploy three|deploy||deploy three\n');
    program.signal('SIGTERM');
    assert.equal(await program.exit(), 0);
    const said = (await readFile(out, 'utf8')).split('\n').filter((line) => line.includes('deploy '));
    assert.deepEqual(said, [
      'ci|deploy one $(touch pwned) `touch pwned`|deploy||deploy one $(touch pwned) `touch pwned`',
      ...Array.from({ length: 3 }, () => 'ci|deploy two|deploy||deploy two'),
      'ci|deploy three|deploy||deploy three',
    ]);
    await assert.rejects(readFile(join(all.folder, 'pwned')));
    assert.match(program.errors, /the command failed with exit code 1; again in 0\.25 s/);
  });

  test('stops at a command that goes on failing, and hears of the message again', async (context) => {
    const all = await scene(context);
    const first = await started(all, ['--exec', 'test "$EARSHOT_MATCHED" = ""']);
    await all.ci.send('deploy it');
    assert.equal(await first.exit(), 1);
    assert.match(
      first.errors,
      /earshot: the command failed with exit code 1, 5 times; the message comes again/,
    );
    const second = all.tail(['--exec', 'exit 7', '--on-error', 'skip', '--count', '1']);
    assert.equal(await second.exit(), 0);
    assert.match(second.errors, /from ci: the command failed with exit code 7; it is skipped/);
    await all.ci.send('deploy next');
    const third = all.tail(['--count', '1']);
    assert.equal(await third.exit(), 0);
    assert.equal(third.output, '@ci: deploy next\n');
  });

  test('ends quietly when nobody reads, and loses nothing', async (context) => {
    const all = await scene(context);
    const program = await started(all, []);
    await program.waitFor('a line', ({ output }) => output.includes('\n'));
    program.stopReading();
    await all.ci.send('deploy unread');
    assert.equal(await program.exit(), 141);
    assert.doesNotMatch(program.errors, /EPIPE|earshot:/);
    const next = all.tail(['--count', '1']);
    assert.equal(await next.exit(), 0);
    assert.equal(next.output, '@ci: deploy unread\n');
  });

  test('follows its terms also when the connection breaks before they are followed', async (context) => {
    let asked = 0;
    const server = await startChat11StandIn(context, (request, peer) => {
      const { kind } = request;
      if (kind === 'name') peer.answer({ kind: 'name', status: 'account', online: false });
      else if (kind === 'register') peer.refuse(403);
      else if (kind === 'follows' && asked++ === 0) peer.cut();
      else return kind !== 'follow';
      return false;
    });
    const folder = await temporaryFolder(context);
    const env = { XDG_STATE_HOME: folder, XDG_CONFIG_HOME: folder, EARSHOT_PASSWORD: 'correct horse' };
    const address = `127.0.0.1:${server.address.port}`;
    const program = new Joiner([address, '--name', 'keeper', '-f', 'deploy'], { face: 'tail', env });
    await server.until(() => server.requests.some((request) => request.kind === 'follow'));
    program.signal('SIGTERM');
    assert.equal(await program.exit(), 0);
    assert.match(program.errors, /The connection is back\.\n/);
  });

  test('tells once that its cursor cannot be saved, and where', async (context) => {
    const all = await scene(context);
    await writeFile(join(all.folder, 'file'), '');
    const cursor = join(all.folder, 'file', 'x', 'cursor');
    const program = all.tail(['--since', 'now', '--cursor', cursor, '--count', '3']);
    await program.waitFor('the follow', ({ errors }) => errors.includes('keeper follows deploy from now on'));
    for (const text of ['deploy 1', 'deploy 2', 'deploy 3']) await all.ci.send(text);
    assert.equal(await program.exit(), 0);
    assert.equal(program.output, '@ci: deploy 1\n@ci: deploy 2\n@ci: deploy 3\n');
    const told = `How far you have read cannot be saved: ${cursor}: no such file or folder (ENOTDIR)`;
    assert.deepEqual(
      program.errors.split('\n').filter((line) => line.includes('cannot be saved')),
      [told],
    );
  });

  test('a guest needs no name, and has no cursor', async (context) => {
    const { tail, env, ci } = await scene(context);
    const guest = tail(['--count', '1'], env);
    const until = async (): Promise<void> => {
      while ((await ci.list()).every((name) => !name.startsWith('tail-'))) await new Promise(setImmediate);
    };
    await until();
    await ci.send('deploy it');
    assert.equal(await guest.exit(), 0);
    assert.equal(guest.output, '@ci: deploy it\n');
    assert.equal(guest.errors, '');
    const asks = tail(['--cursor', 'c'], env);
    assert.equal(await asks.exit(), 1);
    assert.match(asks.errors, /is a guest, and only an account has a cursor/);
  });

  test('a password for a name without an account is an error, as its user expects that nothing is lost', async (context) => {
    const { tail, env, folder } = await scene(context);
    await writeFile(join(folder, 'secret'), 'correct horse\n');
    for (const [args, more] of [
      [['--name', 'nobody', '--password-file', 'secret'], {}],
      [['--name', 'nobody', '--password-command', 'cat secret'], {}],
      [['--name', 'nobody'], { EARSHOT_PASSWORD: 'correct horse' }],
    ] as const) {
      const program = tail([...args, '--exec', 'touch ran'], { ...env, ...more });
      assert.equal(await program.exit(), 1);
      assert.match(
        program.errors,
        /^earshot: nobody has no account on this server, so its password was not used/,
      );
    }
  });

  test('wrong options and a damaged cursor are told', async (context) => {
    const { tail, folder } = await scene(context);
    await writeFile(join(folder, 'bad'), 'x');
    for (const [args, code, problem] of [
      [['--since', 'yesterday'], 64, /--since "yesterday" is no cursor/],
      [['--follow', 'a b'], 64, /"a b" cannot be followed/],
      [['--on-error', 'cry'], 64, /Allowed choices are/],
      [['--cursor', 'bad'], 1, /the cursor file bad is damaged/],
      [['chat://127.0.0.1:1'], 69, /cannot reach chat:\/\/127\.0\.0\.1:1/],
    ] as const) {
      const program = tail(args);
      assert.equal(await program.exit(), code, program.errors);
      assert.match(program.errors, problem);
      assert.equal(program.output, '');
    }
  });
});

function textsOf({ output }: Joiner): string[] {
  return output
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line).text);
}

/** Waits until the file at `path` has `text`. */
async function lines(path: string, text: string): Promise<void> {
  const beganMs = performance.now();
  while (!(await readFile(path, 'utf8').catch(() => '')).includes(text)) {
    if (performance.now() - beganMs > 20_000) throw new Error(`${text} did not come`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
