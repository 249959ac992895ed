import type { TestContext } from 'node:test';
import { ParcelClient } from '../support/parcel-client.ts';
import { Pty, type PtyOptions, quoted, untimed } from '../support/pty.ts';
import { earshot } from './joiner.ts';

/** The password of the account alice. */
export const password = 'correct horse';
export type Port = { readonly port: number };

/** `earshot join alice` on a terminal, where she follows `apple`. */
export async function aliceOn(context: TestContext, server: Port, options: PtyOptions = {}): Promise<Pty> {
  const pty = startJoin(context, server, 'alice', options);
  await pty.waitFor('the prompt', ({ rows }) => rows.at(-1) === '>');
  return pty;
}

/** As `aliceOn`, with a password; `home` keeps how far she has read. */
export async function accountOn(
  context: TestContext,
  server: Port,
  home: string,
  options: PtyOptions = {},
): Promise<Pty> {
  const pty = startJoin(context, server, 'alice', {
    ...options,
    env: { ...options.env, XDG_STATE_HOME: home },
  });
  await pty.waitFor('the question', ({ rows }) => rows.at(-1) === 'Password for alice:');
  pty.type(`${password}\r`);
  await pty.waitFor('the prompt', ({ rows }) => rows.at(-1) === '>');
  return pty;
}

/** Starts `earshot join` on a terminal, without waiting for anything. */
export function startJoin(context: TestContext, { port }: Port, name: string, options: PtyOptions): Pty {
  const words = [process.execPath, earshot, 'join', name, `chat://127.0.0.1:${port}`, '--follow', 'apple'];
  const pty = new Pty(`exec ${words.map(quoted).join(' ')}`, { columns: 120, ...options });
  context.after(() => pty.close());
  return pty;
}

export async function bobOn(context: TestContext, server: Port): Promise<ParcelClient> {
  return (await ParcelClient.enter(context, server, 'REGISTER bob')).client;
}

/** Waits until these are the last rows above the prompt, without times. */
export function shows(pty: Pty, ...rows: readonly string[]): Promise<void> {
  const last = (): string[] => untimed(pty.rows).slice(-rows.length - 1, -1);
  return pty.waitFor(rows.join('\n'), () => last().join('\n') === rows.join('\n'));
}
