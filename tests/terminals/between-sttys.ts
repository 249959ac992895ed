import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import type { TestContext } from 'node:test';
import { earshot, Joiner } from '../faces/joiner.ts';
import { Pty, type PtyOptions, quoted } from '../support/pty.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { changedModes } from '../support/terminal-modes.ts';

/** What ends a program: keys, or a signal. */
export type Way = (pty: Pty) => void;

export const keys =
  (text: string): Way =>
  (pty) =>
    pty.type(text);

export const signal =
  (name: NodeJS.Signals): Way =>
  ({ raw }) =>
    void process.kill(Number(/pid (\d+)\r/.exec(raw)?.[1]), name);

export const bySignal = [
  ['SIGINT', signal('SIGINT')],
  ['SIGTERM', signal('SIGTERM')],
  ['SIGHUP', signal('SIGHUP')],
  ['SIGQUIT', signal('SIGQUIT')],
] as const;
/** For programs that treat all of them in one way. */
export const byTwoSignals = [bySignal[1], bySignal[2]] as const;
export const byBug = ['a bug', signal('SIGUSR2')] as const;
export const bugCode = 70;

/**
 * Runs earshot between two `stty -g`, in a terminal so wide that these fit into a row, and waits until `last` is the last
 * row. `SIGUSR2` makes the program fail in a timer, as no code of ours could catch, with a message that a stranger wrote.
 */
export async function started(
  context: TestContext,
  words: readonly string[],
  last: string | undefined,
  options: PtyOptions = {},
  behind = '',
): Promise<Pty> {
  const folder = await temporaryFolder(context);
  const bug = `${folder}/bug.mjs`;
  await writeFile(
    bug,
    'process.on("SIGUSR2", () => setTimeout(() => { throw new Error("of \\x1b]0;EVIL\\x07"); }));',
  );
  const program = [process.execPath, '--import', bug, earshot, ...words].map(quoted).join(' ');
  // The shell outlives the signals that only the program gets.
  const command = `sh -c ${quoted(`echo pid $$ >&2; exec ${program}`)} ${behind}`;
  const pty = new Pty(`stty -g; ${command}; code=$?; stty -g; exit $code`, {
    columns: 200,
    cwd: folder,
    ...options,
  });
  context.after(() => pty.close());
  if (last !== undefined) await pty.waitFor(last, ({ rows }) => rows.at(-1) === last);
  else await pty.waitFor('the start', ({ raw }) => /pid \d+/.test(raw));
  return pty;
}

/** A shell in which programs may stop, at its prompt; `stty` resolves with the modes there. */
export async function shell(context: TestContext) {
  const pty = new Pty('exec sh -i', { columns: 300, stopsPrograms: true });
  context.after(() => pty.close());
  await pty.waitFor('the shell', ({ rows }) => rows.length > 0);
  pty.type("PS1='shell: '\r");
  const stty = async (): Promise<string | undefined> => {
    await pty.waitFor('the shell', ({ rows }) => rows.at(-1) === 'shell:');
    pty.type('stty -g\r');
    await pty.waitFor('the modes', ({ rows }) => /^[\da-f:]+$/.test(rows.at(-2) ?? ''));
    return pty.rows.at(-2);
  };
  return { pty, stty };
}

/** The line that runs earshot in such a shell. */
export function inShell(words: readonly string[]): string {
  const program = [process.execPath, earshot, ...words].map(quoted).join(' ');
  return `sh -c ${quoted(`echo pid $$; exec ${program}`)}\r`;
}

export async function answered(pty: Pty, line: string, next: string): Promise<void> {
  pty.type(`${line}\r`);
  await pty.waitFor(next, ({ rows }) => rows.at(-1) === next);
}

/** Answers the question for the password, behind which nothing shows whether she is logged in. */
export async function answeredUnseen(pty: Pty): Promise<void> {
  pty.type('correct horse\r');
  await pty.waitFor('the end of the question', ({ raw }) => raw.endsWith('Password for alice: \r\n'));
}

/** Waits for the end, and compares. */
export async function restored(pty: Pty, code: number): Promise<void> {
  assert.equal(await pty.exit(), code);
  assert.equal(pty.rows.at(-1), pty.rows[0], pty.rows.join('\n'));
  assert.deepEqual(changedModes(pty.raw), []);
  assert.ok(!pty.raw.includes('\x1b]0;'), 'not even a bug writes what strangers wrote');
}

export async function sendTo(name: string, server: { readonly port: number }): Promise<void> {
  const bob = new Joiner(['bob', addressOf(server)]);
  bob.end(`hi @${name}\n`);
  assert.equal(await bob.exit(), 0);
}

export function menuOf({ port }: { readonly port: number }): string[] {
  return ['menu', '-hn', '127.0.0.1', '-p', String(port)];
}

export function addressOf({ port }: { readonly port: number }): string {
  return `chat://127.0.0.1:${port}`;
}
