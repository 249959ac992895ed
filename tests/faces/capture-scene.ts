import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { Captures } from '../support/captures.ts';
import { ParcelClient } from '../support/parcel-client.ts';
import { Pty, type PtyOptions, quoted } from '../support/pty.ts';
import { testServer } from '../support/server.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { type Port, password } from './join-terminal.ts';
import { earshot } from './joiner.ts';

export interface Scene {
  readonly server: Port;
  readonly alice: Pty;
  readonly bob: Bob;
  readonly home: string;
  readonly captures: Captures;
}

export interface SceneOptions extends Omit<PtyOptions, 'cwd'> {
  /** Words behind the address. */
  readonly words?: readonly string[];
  readonly accounts?: Readonly<Record<string, string>>;
}

/** Somebody who says what a test tells him, over the protocol. */
export interface Bob {
  readonly client: ParcelClient;
  /** Sends each of `texts`; resolves when they are stored. */
  say(...texts: readonly string[]): Promise<void>;
  msg(text: string): Promise<void>;
}

/** A server, bob, and alice in a real terminal of 80 columns and 24 rows, with a home folder of her own. */
export async function scene(context: TestContext, name: string, options: SceneOptions = {}): Promise<Scene> {
  const { accounts, ...rest } = options;
  const server = await testServer(context, accounts === undefined ? {} : { accounts });
  const home = await homeOf(context);
  const bob = await guestIn(context, server);
  const alice = joinFrom(context, home, server, rest);
  if (accounts !== undefined) await logIn(alice);
  await atPrompt(alice);
  return { server, alice, bob, home, captures: new Captures(context, name) };
}

/** A home folder that has a folder for downloads, as most have. */
export async function homeOf(context: TestContext): Promise<string> {
  const home = await temporaryFolder(context);
  await mkdir(join(home, 'Downloads'));
  return home;
}

/** Starts `earshot join alice` with a home folder, without waiting for anything. */
export function joinFrom(
  context: TestContext,
  home: string,
  { port }: Port,
  { words = ['--follow', 'apple'], env, ...options }: SceneOptions = {},
): Pty {
  return startIn(context, home, ['join', 'alice', `chat://127.0.0.1:${port}`, ...words], {
    env: env ?? {},
    ...options,
  });
}

/** Starts `earshot` in a home folder, at noon of the local time: no test runs into midnight. */
export function startIn(
  context: TestContext,
  home: string,
  words: readonly string[],
  { env, ...options }: PtyOptions = {},
): Pty {
  const places = { HOME: home, XDG_STATE_HOME: `${home}/.state`, XDG_CONFIG_HOME: `${home}/.config` };
  const hours = 12 - new Date().getUTCHours();
  const TZ = `Etc/GMT${hours > 0 ? '-' : '+'}${Math.abs(hours)}`;
  const command = [process.execPath, earshot, ...words].map(quoted).join(' ');
  const pty = new Pty(`exec ${command}`, { cwd: home, ...options, env: { ...places, TZ, ...env } });
  context.after(() => pty.close());
  return pty;
}

export async function logIn(pty: Pty): Promise<void> {
  await pty.waitFor('the question', ({ rows }) => rows.at(-1) === 'Password for alice:');
  pty.type(`${password}\r`);
}

/** Waits for the welcome and the prompt below it. */
export function atPrompt(pty: Pty): Promise<void> {
  return pty.waitFor(
    'the prompt',
    ({ rows }) => rows.at(-1) === '>' && rows.some((row) => row.startsWith('You follow')),
  );
}

export async function guestIn(context: TestContext, server: Port, name = 'bob'): Promise<Bob> {
  const { client } = await ParcelClient.enter(context, server, `REGISTER ${name}`);
  let id = 0;
  return {
    client,
    async say(...texts) {
      for (const text of texts) await client.ask('SEND', { Id: ++id }, text);
    },
    async msg(text) {
      await client.ask('SENDTO alice', { Id: ++id }, text);
    },
  };
}
