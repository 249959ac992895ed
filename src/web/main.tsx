import { render } from 'preact';
import { openDatabase } from './host/database.ts';
import { begin, openSession, savedUser, saveUser, type User, type WebSession } from './session.ts';
import { Tabs } from './tabs.ts';
import { ChatPage } from './view/chat-page.tsx';
import { SignIn } from './view/sign-in.tsx';

const root = document.getElementById('app') ?? document.body;
const database = await openDatabase();
const tabs = new Tabs();

function showSignIn(why?: string): void {
  const onSignIn = async (name: string, password: string | undefined): Promise<void> => {
    const user = { name, isGuest: password === undefined };
    const options = { database, tabs, user };
    const session = await openSession(options);
    await begin(session, options, password, false);
    showChat(session);
  };
  render(<SignIn why={why} lastName={savedUser()?.name ?? ''} onSignIn={onSignIn} />, root);
}

function showChat(session: WebSession): void {
  const { chat, listen } = session;
  const signOut = async (): Promise<void> => {
    saveUser(undefined);
    await session.close();
    await database.remove('state', chat.name).catch(() => {});
    await database.remove('recent', chat.name).catch(() => {});
    showSignIn();
  };
  render(
    <ChatPage
      chat={chat}
      listen={listen}
      onKept={() => saveUser({ name: chat.name, isGuest: false })}
      onSignOut={() => void signOut()}
    />,
    root,
  );
}

/** Shows what the last visit left at once, and connects meanwhile. */
async function resume(user: User): Promise<void> {
  const options = { database, tabs, user };
  const session = await openSession(options);
  showChat(session);
  try {
    await begin(session, options, undefined, true);
  } catch (error) {
    showSignIn(error instanceof Error ? error.message : String(error));
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
}

interface TrustedTypesLike {
  createPolicy(
    name: string,
    rules: { createScriptURL(url: string): string },
  ): { createScriptURL(url: string): unknown };
}

startWorker();
const user = savedUser();
if (user === undefined) showSignIn();
else await resume(user);
