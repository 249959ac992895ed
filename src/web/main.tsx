import { render } from 'preact';
import { openDatabase } from './host/database.ts';
import { addressOf, filterOf } from './model/filter.ts';
import {
  begin,
  forgetLogin,
  openSession,
  type SessionOptions,
  savedUser,
  saveUser,
  type User,
  type WebSession,
} from './session.ts';
import { Tabs } from './tabs.ts';
import { ChatPage } from './view/chat-page.tsx';
import { SignIn } from './view/sign-in.tsx';

const root = document.getElementById('app') ?? document.body;
const opening = Promise.all([openDatabase(), Tabs.open()]);
const user = savedUser();
// Whoever is new here can type their name meanwhile.
if (user === undefined) showSignIn();
const [database, tabs] = await opening;

function showSignIn(why?: string): void {
  const onSignIn = async (name: string, password: string | undefined): Promise<void> => {
    await opening;
    const options = { database, tabs, user: { name, isGuest: password === undefined } };
    const session = await openSession(options);
    await begin(session, options, password, false);
    showChat(session);
  };
  render(<SignIn why={why} lastName={savedUser()?.name ?? ''} onSignIn={onSignIn} />, root);
}

/** Who is signed in in this tab. */
let shown: WebSession | undefined;

tabs.onNews((news) => {
  const session = shown;
  if (session?.chat.name !== news.name) return;
  if (news.what === 'seen') session.chat.seenElsewhere(news);
  else if (news.what === 'token') void comeBack(session);
  else void leave(session).then(() => session.forget());
});

const look = (): void => tabs.looks(document.visibilityState === 'visible');
document.addEventListener('visibilitychange', look);
look();

function showChat(session: WebSession): void {
  const { chat, listen } = session;
  shown = session;
  tabs.shows(chat.name);
  const onKept = async (): Promise<void> => {
    saveUser({ name: chat.name, isGuest: false });
    // Behind the writing of the token.
    await database.get('state', chat.name).catch(() => {});
    tabs.tell({ what: 'token', name: chat.name });
  };
  const signOut = async (): Promise<void> => {
    saveUser(undefined);
    await forgetLogin(chat);
    await leave(session);
    await session.forget();
    tabs.tell({ what: 'signed-out', name: chat.name });
  };
  render(
    <ChatPage
      key={chat.name}
      chat={chat}
      listen={listen}
      mayCall={() => tabs.mayCall(chat.name)}
      onKept={() => void onKept()}
      onSignIn={() => void leave(session)}
      onSignOut={() => void signOut()}
    />,
    root,
  );
}

async function leave(session: WebSession, why?: string): Promise<void> {
  shown = undefined;
  tabs.shows(undefined);
  await session.close();
  showSignIn(why);
}

/** Another tab has a new token: what let this one in is over. */
async function comeBack(session: WebSession): Promise<void> {
  await session.chat.client?.close();
  const options = { database, tabs, user: { name: session.chat.name, isGuest: false } };
  await beginOrLeave(session, options);
}

/** Shows what the last visit left at once, and connects meanwhile. */
async function resume(user: User): Promise<void> {
  const options = { database, tabs, user };
  const session = await openSession(options);
  showChat(session);
  await beginOrLeave(session, options);
}

async function beginOrLeave(session: WebSession, options: SessionOptions): Promise<void> {
  try {
    await begin(session, options, undefined, true);
  } catch (error) {
    await leave(session, error instanceof Error ? error.message : String(error));
  }
}

/** The one thing here that a browser takes for code: the address of our own worker. */
function startWorker(): void {
  if (!('serviceWorker' in navigator)) return;
  const address = '/service-worker.js';
  const policies = (globalThis as { trustedTypes?: TrustedTypesLike }).trustedTypes;
  const policy = policies?.createPolicy('earshot', {
    createScriptURL(url) {
      if (url === address) return url;
      throw new TypeError('no other script');
    },
  });
  const trusted = policy === undefined ? address : policy.createScriptURL(address);
  navigator.serviceWorker.register(trusted as string).catch(() => {});
  // The address that a notification leads to.
  navigator.serviceWorker.addEventListener('message', ({ data }) => {
    if (typeof data !== 'string') return;
    history.pushState(null, '', addressOf(filterOf(data.slice(1))));
    dispatchEvent(new PopStateEvent('popstate'));
  });
}

interface TrustedTypesLike {
  createPolicy(
    name: string,
    rules: { createScriptURL(url: string): string },
  ): { createScriptURL(url: string): unknown };
}

startWorker();
if (user !== undefined) await resume(user);
