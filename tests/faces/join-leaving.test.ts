import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { describe, it, type TestContext } from 'node:test';
import { Pty, type PtyOptions, ptyMissing, quoted } from '../support/pty.ts';
import { testServer } from '../support/server.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { earshot, Joiner } from './joiner.ts';

const on = ['\x1b[?2004h'];
const off = ['\x1b[?2004l'];

describe('the terminal after earshot join', { skip: ptyMissing }, () => {
  for (const [how, leave, code] of [
    ['Ctrl-C', (pty: Pty) => pty.type('\x03'), 0],
    ['Ctrl-C with a draft', (pty: Pty) => pty.type('draft\x03\x03'), 0],
    ['Ctrl-D', (pty: Pty) => pty.type('\x04'), 0],
    ['!exit', (pty: Pty) => pty.type('!exit\r'), 0],
    ['SIGINT', signal('SIGINT'), 0],
    ['SIGTERM', signal('SIGTERM'), 0],
    ['SIGHUP', signal('SIGHUP'), 0],
  ] as const) {
    it(`is as before, after ${how}`, async (context) => {
      const pty = await joinBetweenSttys(context);
      leave(pty);
      await restored(pty, code);
    });
  }

  it('is as before, after the server logged the user out', async (context) => {
    const server = await testServer(context, { accounts: { alice: 'a long password' } });
    const pty = await joinBetweenSttys(context, server, 'alice', 'a long password');
    await server.close();
    pty.type('\x03');
    await restored(pty, 0);
  });

  it('is as before, after a bug', async (context) => {
    const folder = await temporaryFolder(context);
    // Fails in a timer, as no code of ours could catch.
    await writeFile(
      `${folder}/bug.mjs`,
      'process.on("SIGUSR2", () => setTimeout(() => { throw new Error("a bug"); }));',
    );
    const pty = await joinBetweenSttys(context, undefined, 'buggy', undefined, {
      env: { NODE_OPTIONS: `--import ${folder}/bug.mjs` },
    });
    signal('SIGUSR2')(pty);
    await restored(pty, 1);
  });
});

describe('a window that is closed', { skip: ptyMissing }, () => {
  it('logs its guest out, so that the name is free at once', async (context) => {
    let hasLeft = (): void => {};
    const left = new Promise<void>((resolve) => {
      hasLeft = resolve;
    });
    const server = await testServer(context, {
      onLogLine: (line) => line.includes('"logged out"') && hasLeft(),
    });
    // As a shell runs it: reading fails before SIGHUP comes.
    const pty = new Pty(`sh -c ${quoted(`${join('hup', server)}; true`)}`);
    context.after(() => pty.close());
    await pty.waitFor('the prompt', ({ rows }) => rows.at(-1) === '>');
    pty.hangUp();
    await left;
    const again = new Joiner(['hup', addressOf(server)]);
    context.after(() => again.close());
    again.end();
    assert.equal(await again.exit(), 0, again.errors);
  });
});

type Server = Awaited<ReturnType<typeof testServer>>;

/** Joins with `stty -g` before and after, in a wide terminal where that fits into a row. */
async function joinBetweenSttys(
  context: TestContext,
  given?: Server,
  name = 'stty',
  password?: string,
  options: PtyOptions = {},
): Promise<Pty> {
  const server = given ?? (await testServer(context));
  const command = `sh -c ${quoted(`echo pid $$; exec ${join(name, server)}`)}`;
  // The shell outlives the signals that only we get.
  const pty = new Pty(`stty -g; ${command}; code=$?; stty -g; exit $code`, { columns: 200, ...options });
  context.after(() => pty.close());
  if (password !== undefined) {
    await pty.waitFor('the question', ({ rows }) => rows.at(-1) === `Password for ${name}:`);
    pty.type(`${password}\r`);
  }
  await pty.waitFor('the prompt', ({ rows }) => rows.at(-1) === '>');
  return pty;
}

/** Waits for the end; checks the terminal's settings, and that each mode that was switched on was switched off last. */
async function restored(pty: Pty, code: number): Promise<void> {
  assert.equal(await pty.exit(), code);
  assert.equal(pty.rows.at(-1), pty.rows[0]);
  for (const [index, mode] of on.entries()) {
    assert.ok(pty.raw.includes(mode), 'it was switched on');
    assert.ok(pty.raw.lastIndexOf(mode) < pty.raw.lastIndexOf(off[index] ?? ''), 'and off again');
  }
  // The cursor is seen, rows wrap, and the screen is the one from before.
  assert.equal(pty.raw.lastIndexOf('\x1b[?7l') < pty.raw.lastIndexOf('\x1b[?7h'), true);
  assert.doesNotMatch(pty.raw, /\x1b\[\?(?:25l|1049h|47h|1000h|1002h|1003h)/);
}

function signal(name: NodeJS.Signals): (pty: Pty) => void {
  return ({ raw }) => {
    process.kill(Number(/pid (\d+)/.exec(raw)?.[1]), name);
  };
}

function join(name: string, server: Server): string {
  return [process.execPath, earshot, 'join', name, addressOf(server)].map(quoted).join(' ');
}

function addressOf({ port }: Server): string {
  return `chat://127.0.0.1:${port}`;
}
