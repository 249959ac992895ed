import type { ConnectOptions, Entry } from '../client/client.ts';
import { connectOn } from '../client/connect/connect.ts';
import { systemClock } from '../scheduling/clock.ts';
import { browserHost } from './host/browser-host.ts';
import type { Database } from './host/database.ts';
import { webAddress } from './host/dial.ts';
import { Chat } from './model/chat.ts';
import { Mutes } from './model/mutes.ts';
import { Recent } from './model/recent.ts';
import { Seen } from './model/seen.ts';
import { UnsentLines } from './model/unsent.ts';
import { quickStore } from './quick-store.ts';
import type { Tabs } from './tabs.ts';

/** Who was signed in here last. */
export interface User {
  readonly name: string;
  readonly isGuest: boolean;
}

const userKey = 'earshot user';
const mutesKey = 'earshot mutes';

export function savedUser(): User | undefined {
  try {
    const saved: unknown = JSON.parse(localStorage.getItem(userKey) ?? 'null');
    if (typeof saved !== 'object' || saved === null || !('name' in saved)) return undefined;
    const isGuest = !('isGuest' in saved) || saved.isGuest !== false;
    return typeof saved.name === 'string' ? { name: saved.name, isGuest } : undefined;
  } catch {
    return undefined;
  }
}

export function saveUser(user: User | undefined): void {
  if (user === undefined) localStorage.removeItem(userKey);
  else localStorage.setItem(userKey, JSON.stringify(user));
}

function savedMutes(): Mutes {
  try {
    const saved: unknown = JSON.parse(localStorage.getItem(mutesKey) ?? '[]');
    const isMute = (pair: unknown): pair is [string, number] =>
      Array.isArray(pair) && typeof pair[0] === 'string' && typeof pair[1] === 'number';
    return new Mutes(Array.isArray(saved) ? saved.filter(isMute) : []);
  } catch {
    return new Mutes();
  }
}

export type TakeEntry = (entry: Entry, isSeen: boolean) => void;

/** One user's chat in this tab. */
export interface WebSession {
  readonly chat: Chat;
  listen(take: TakeEntry): () => void;
  close(): Promise<void>;
  /** Forgets what this browser keeps of the user, but for unsent lines. Call it after `close`. */
  forget(): Promise<void>;
}

export interface SessionOptions {
  readonly database: Database;
  readonly tabs: Tabs;
  readonly user: User;
}

/** Prepares the chat of `user`, with what the last visit left. */
export async function openSession({ database, tabs, user }: SessionOptions): Promise<WebSession> {
  const { name, isGuest } = user;
  const takers = new Set<TakeEntry>();
  const unsent = new UnsentLines(database, quickStore, name, tabs.own);
  const recent = new Recent(database, name, systemClock);
  const mutes = savedMutes();
  const chat = new Chat({
    ...{ name, isGuest, unsent, mutes, recent },
    seen: new Seen((look) => tabs.tell({ what: 'seen', name, ...look }), systemClock),
    nowMs: () => Date.now(),
    onEntry(entry, isSeen) {
      for (const take of takers) take(entry, isSeen);
    },
  });
  chat.subscribe(() => keepMutes(mutes));
  const [entries, follows, lines] = await Promise.all([
    recent.read(),
    recent.readFollows(),
    unsent.takeOver((tab) => tabs.isOpen(tab)),
  ]);
  chat.restore(entries, follows, lines);
  return {
    chat,
    listen(take) {
      takers.add(take);
      return () => void takers.delete(take);
    },
    close: async () => chat.client?.close(),
    async forget() {
      await recent.forget();
      await database.remove('state', name).catch(() => {});
    },
  };
}

let lastMutes = '';

function keepMutes(mutes: Mutes): void {
  const kept = JSON.stringify(mutes.kept(Date.now()));
  if (kept === lastMutes) return;
  lastMutes = kept;
  localStorage.setItem(mutesKey, kept);
}

/** Signs in, as a guest or with a password. Rejects with `ConnectError`. With `retry`, it tries until it is refused. */
export async function begin(
  { chat }: WebSession,
  { database, user }: SessionOptions,
  password: string | undefined,
  retry: boolean,
): Promise<void> {
  const asGuest: Partial<ConnectOptions> = { keepGuest: true };
  const byToken: Partial<ConnectOptions> = { token: true, keepToken: true };
  const byPassword: Partial<ConnectOptions> = {
    ...(password !== undefined && { password }),
    keepToken: true,
  };
  const client = await connectOn(browserHost(database), webAddress(location), {
    name: user.name,
    protocol: 'CHAT/1.1',
    ...(password !== undefined ? byPassword : user.isGuest ? { ...asGuest, keepToken: true } : byToken),
    retry,
    onRetry: ({ error, retryInMs }) => chat.trying(error.message, retryInMs),
  });
  // Listeners are attached in this turn, before the first event.
  const begun = chat.begin(client);
  saveUser({ name: user.name, isGuest: client.isGuest });
  await begun;
}

/** How long signing out may wait for the server. */
const forgetMs = 2_000;

/** Ends the login of this browser on the server, if the server can be reached. Never rejects. */
export async function forgetLogin({ client, isGuest }: Chat): Promise<void> {
  if (client === undefined || isGuest) return;
  const revoke = async (): Promise<void> => {
    const own = (await client.devices()).find(({ isThis }) => isThis);
    if (own !== undefined) await client.revokeDevice(own.id);
  };
  const late = new Promise<void>((resolve) => systemClock.after(forgetMs, resolve));
  await Promise.race([revoke().catch(() => {}), late]);
}
