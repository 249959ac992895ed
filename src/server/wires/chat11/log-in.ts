import { randomBytes } from 'node:crypto';
import type { RequestOf } from '../../../protocol/chat11/request.ts';
import { passwordProblem } from '../../../protocol/passwords.ts';
import { NotWrittenError } from '../../accounts/accounts.ts';
import type { Session } from '../../connection/session.ts';
import type { ChatUser } from '../../users/chat-user.ts';
import { Grant } from '../../users/grant.ts';
import type { Conversation } from './conversation.ts';

/** NAME. */
export function lookUp(conversation: Conversation, { name }: RequestOf<'name'>): undefined {
  const { hub, accounts } = conversation.session.context;
  const taken = hub.user(name) === undefined ? 'free' : 'guest';
  const status = accounts.isAccount(name) ? 'account' : taken;
  return conversation.answer({ kind: 'name', status, online: hub.isOnline(name) });
}

/** REGISTER: a guest, an account, or an account of the guest who asks. */
export function register(
  conversation: Conversation,
  request: RequestOf<'register'>,
): Promise<undefined> | undefined {
  const { device } = conversation;
  const { name, password } = request;
  if (device === undefined) {
    return password === undefined
      ? registerGuest(conversation, request)
      : registerAccount(conversation, request, password);
  }
  const isOwnGuest = device.name === name && !device.user.isAccount;
  if (isOwnGuest && password !== undefined) return claim(conversation, device.user, request, password);
  return conversation.refuse(409, `You are logged in as ${device.name} already`);
}

/** LOGIN: an account by its password or a token, or a guest who comes back. */
export async function logIn(conversation: Conversation, request: RequestOf<'login'>): Promise<undefined> {
  const { device, session } = conversation;
  const { name, password, token } = request;
  if (device !== undefined) return conversation.refuse(409, `You are logged in as ${device.name} already`);
  const guest = token === undefined ? undefined : session.context.users.returningGuest(name, token);
  if (guest !== undefined) return enter(conversation, guest, request, undefined, guest.guestToken);
  if (!maySendSecrets(session)) return refuseSecrets(conversation);
  if (token !== undefined) return logInByToken(conversation, request, token);
  if (password !== undefined) return logInByPassword(conversation, request, password);
  return conversation.refuse(403);
}

/** LOGOUT: the connection stays. */
export async function logOut(conversation: Conversation): Promise<undefined> {
  conversation.leave();
  // What was said to them until now is theirs, and comes before the answer.
  await conversation.peer.outbox.drained();
  return conversation.answer({ kind: 'logout' });
}

function registerGuest(
  conversation: Conversation,
  request: RequestOf<'register'>,
): Promise<undefined> | undefined {
  const { users, accounts } = conversation.session.context;
  const guest = users.registerGuest(request.name);
  if (guest !== undefined) return enter(conversation, guest, request, undefined, guest.guestToken);
  if (!accounts.isAccount(request.name)) return conversation.refuse(401);
  return conversation.refuse(403, `${request.name} has an account; log in with its password`);
}

async function registerAccount(
  conversation: Conversation,
  request: RequestOf<'register'>,
  password: string,
): Promise<undefined> {
  const { session } = conversation;
  const { accounts, users } = session.context;
  const problem = passwordProblem(password);
  if (!maySendSecrets(session)) return refuseSecrets(conversation);
  if (problem !== undefined) return conversation.refuse(422, problem);
  const later = tooManyAccounts(conversation);
  if (later !== undefined) return later();
  const created = await users.create(request.name, password);
  if (created.kind !== 'created') return refuseCreation(conversation, created.kind);
  return withGrant(new Grant(accounts, request.name), (grant) =>
    enterAccount(conversation, request, grant, created.generation, users.defaultFollow),
  );
}

async function claim(
  conversation: Conversation,
  guest: ChatUser,
  request: RequestOf<'register'>,
  password: string,
): Promise<undefined> {
  const { session } = conversation;
  const { users, hub, log } = session.context;
  const problem = passwordProblem(password);
  if (!maySendSecrets(session)) return refuseSecrets(conversation);
  if (problem !== undefined) return conversation.refuse(422, problem);
  const later = tooManyAccounts(conversation);
  if (later !== undefined) return later();
  const created = await users.claim(guest, password);
  if (created.kind !== 'created') return refuseCreation(conversation, created.kind);
  const issued = await issueToken(conversation, guest.name, created.generation);
  if (issued === undefined) return conversation.refuse(403);
  if (conversation.grant !== undefined) conversation.grant.tokenId = issued.id;
  session.logger.info({ user: guest.name }, 'guest became an account');
  if (request.follow !== undefined) await guest.begin(request.follow);
  const { token } = issued;
  return conversation.answer({ kind: 'register', token, epoch: log.epoch, position: hub.position });
}

/** Counts an account that is to be made; or gives how to refuse it. */
function tooManyAccounts(conversation: Conversation): (() => undefined) | undefined {
  const { peer, session } = conversation;
  const later = session.context.creations.begin(peer.address, session.connection.isLoopback);
  if (later === undefined) return undefined;
  return () => conversation.refuseUntil(later.retryAfterS, 'Too many accounts were made; try again later');
}

function refuseCreation(conversation: Conversation, kind: 'taken' | 'busy'): undefined {
  if (kind === 'taken') return conversation.refuse(401);
  return conversation.refuseUntil(1, 'Too many logins at once; try again');
}

async function logInByPassword(
  conversation: Conversation,
  request: RequestOf<'login'>,
  password: string,
): Promise<undefined> {
  const { session } = conversation;
  const { name } = request;
  const { accounts } = session.context;
  const answer = await accounts.checkPassword(name, password, session.connection.remoteAddress);
  if (answer.kind === 'ok') {
    return withGrant(new Grant(accounts, name), (grant) =>
      enterAccount(conversation, request, grant, answer.generation),
    );
  }
  session.logger.info({ user: name, reason: answer.kind }, 'login refused');
  switch (answer.kind) {
    case 'wrong':
      return conversation.refuse(403);
    case 'later':
      return conversation.refuseUntil(answer.seconds, 'Too many wrong passwords');
    case 'busy':
      return conversation.refuseUntil(1, 'Too many logins at once; try again');
  }
}

async function logInByToken(
  conversation: Conversation,
  request: RequestOf<'login'>,
  token: string,
): Promise<undefined> {
  const { accounts, users } = conversation.session.context;
  const id = await accounts.checkToken(request.name, token);
  if (id === undefined) return conversation.refuse(403);
  return withGrant(new Grant(accounts, request.name, id), async (grant) => {
    const user = await users.account(request.name);
    return enter(conversation, user, request, grant, token);
  });
}

/** Nobody listens for what revokes a grant that came to nothing. */
async function withGrant(grant: Grant, use: (grant: Grant) => Promise<undefined>): Promise<undefined> {
  try {
    return await use(grant);
  } catch (error) {
    grant.end();
    throw error;
  }
}

/** With the password of this `generation`; an account that was just made begins with `firstFollow`. */
async function enterAccount(
  conversation: Conversation,
  request: Entrance,
  grant: Grant,
  generation: number,
  firstFollow?: readonly string[],
): Promise<undefined> {
  const { users } = conversation.session.context;
  const issued = await issueToken(conversation, request.name, generation);
  grant.tokenId = issued?.id;
  const user = issued === undefined ? undefined : await users.account(request.name);
  const follow = request.follow ?? firstFollow;
  return enter(
    conversation,
    user,
    follow === undefined ? request : { ...request, follow },
    grant,
    issued?.token,
  );
}

/**
 * A token for whoever has shown the password of this `generation`. Where there is no room to keep one they are let in all
 * the same, with one that lets nobody in later: then the client asks for the password.
 */
async function issueToken(
  { session }: Conversation,
  name: string,
  generation: number,
): Promise<{ readonly id: number | undefined; readonly token: string } | undefined> {
  try {
    return await session.context.accounts.issueToken(name, labelOf(session), generation);
  } catch (error) {
    if (!(error instanceof NotWrittenError) || error.reason !== 'full') throw error;
    session.logger.warn({ user: name }, 'there is no room to keep a token; let in without');
    return { id: undefined, token: randomBytes(32).toString('hex') };
  }
}

type Entrance = RequestOf<'register'> | RequestOf<'login'>;

/** The last step, from which on `user`, who is held, is here; without one or a token the way in was closed meanwhile. */
async function enter(
  conversation: Conversation,
  user: ChatUser | undefined,
  request: Entrance,
  grant: Grant | undefined,
  token: string | undefined,
): Promise<undefined> {
  const { users, hub, log } = conversation.session.context;
  try {
    if (user !== undefined && request.follow !== undefined) await user.begin(request.follow);
  } catch (error) {
    if (user !== undefined) users.release(user);
    throw error;
  }
  // A guest may have become an account meanwhile, whom another device of theirs made it.
  const isClosed = grant === undefined ? user?.isAccount === true : grant.isRevoked;
  if (user === undefined || token === undefined || isClosed) {
    grant?.end();
    if (user !== undefined) users.release(user);
    return conversation.refuse(403);
  }
  conversation.enter(user, grant);
  conversation.answer({ kind: request.kind, token, epoch: log.epoch, position: hub.position });
  if (request.kind === 'login' && request.since !== undefined)
    conversation.resume(request.since, request.epoch);
  return undefined;
}

/** Whether everybody on the way could read what the peer sends. */
function maySendSecrets({ connection, context }: Session): boolean {
  return connection.isLoopback || context.insecurePasswords;
}

function refuseSecrets(conversation: Conversation): undefined {
  conversation.session.logger.warn(
    'login refused: a password would travel in plain text from another machine; --insecure-passwords allows that',
  );
  return conversation.refuse(426);
}

/** What tells an account's owner which login a token came from. */
function labelOf({ connection }: Session): string {
  return `CHAT/1.1 from ${connection.remoteAddress}`;
}
