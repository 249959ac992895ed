import type { Request, RequestOf } from '../../../protocol/chat11/request.ts';
import type { LoginOutcome, LoginRefusal } from '../../chat/logins.ts';
import type { Device } from '../../connection/device.ts';
import type { Conversation } from './conversation.ts';

/** NAME: who has a name. */
export async function lookUp(conversation: Conversation, { name }: RequestOf<'name'>): Promise<undefined> {
  const { kind, nodes } = await conversation.chat.logins.lookUp(name);
  const status = kind === 'nobody' ? 'free' : kind;
  return conversation.answer({ kind: 'name', status, online: nodes.length > 0 });
}

/** REGISTER: a guest, a new account, or an account for the guest who is logged in. */
export async function register(
  conversation: Conversation,
  request: RequestOf<'register'>,
): Promise<undefined> {
  const { device, peer } = conversation;
  const { logins } = conversation.chat;
  const { name, password, token, follow, invitation } = request;
  if (device !== undefined) {
    const isOwnGuest = device.name === name && !device.user.isAccount;
    if (isOwnGuest && password !== undefined) return claim(conversation, device, request, password);
    return refuseLoggedIn(conversation, device);
  }
  const outcome =
    password === undefined
      ? await logins.registerGuest(name, { follow }, token)
      : await logins.createAccount(peer, name, password, {
          ...{ follow, invitation },
          tokenLabel: labelOf(conversation),
        });
  return complete(conversation, request, outcome);
}

/** LOGIN: an account by its password or a token, or a guest who resumes with a token. */
export async function logIn(conversation: Conversation, request: RequestOf<'login'>): Promise<undefined> {
  const { device, peer } = conversation;
  const { logins } = conversation.chat;
  const { name, password, token, follow } = request;
  if (device !== undefined) return refuseLoggedIn(conversation, device);
  const asGuest = token === undefined ? undefined : await logins.returnGuest(name, token, { follow });
  if (asGuest !== undefined) return complete(conversation, request, asGuest);
  if (token !== undefined)
    return complete(conversation, request, await logins.byToken(peer, name, token, { follow }));
  const options = { follow, tokenLabel: labelOf(conversation) };
  const outcome =
    password === undefined
      ? (logins.refusePlainText(peer) ?? { kind: 'wrong' as const })
      : await logins.byPassword(peer, name, password, options);
  return complete(conversation, request, outcome);
}

/** LOGOUT: the connection stays. */
export async function logOut(
  conversation: Conversation,
  { forget }: RequestOf<'logout'>,
  { name }: Device,
): Promise<undefined> {
  const { chat, peer, grant } = conversation;
  const tokenId = forget === true ? grant?.tokenId : undefined;
  conversation.leave();
  await peer.loggedOut();
  if (tokenId !== undefined) await chat.ownAccount.forget(name, tokenId);
  return conversation.answer({ kind: 'logout' });
}

async function claim(
  conversation: Conversation,
  { user }: Device,
  { follow, invitation }: RequestOf<'register'>,
  password: string,
): Promise<undefined> {
  const { chat, peer } = conversation;
  const claimed = await chat.logins.claim(peer, user, password, labelOf(conversation), invitation);
  if (claimed.kind !== 'claimed') return refuseLogin(conversation, user.name, claimed);
  if (conversation.grant !== undefined) conversation.grant.tokenId = claimed.tokenId;
  if (follow !== undefined) await user.begin(follow);
  return conversation.answer({ kind: 'register', token: claimed.token, ...placeIn(conversation) });
}

function complete(
  conversation: Conversation,
  request: Extract<Request, { kind: 'register' | 'login' }>,
  outcome: LoginOutcome,
): undefined {
  if (outcome.kind !== 'in') return refuseLogin(conversation, request.name, outcome);
  conversation.enter(outcome);
  const { token = '' } = outcome;
  conversation.answer({ kind: request.kind, token, ...placeIn(conversation) });
  if (request.kind === 'login' && request.since !== undefined)
    conversation.resume(request.since, request.epoch);
  return undefined;
}

/** Where live delivery begins. */
function placeIn({ peer }: Conversation): { readonly epoch: string; readonly position: number } {
  return { epoch: peer.services.log.epoch, position: peer.position() };
}

function refuseLoggedIn(conversation: Conversation, { name }: Device): undefined {
  return conversation.refuse(409, `You are logged in as ${name} already`);
}

/** Answers a login, or a change of the password, that was refused. */
export function refuseLogin(conversation: Conversation, name: string, refusal: LoginRefusal): undefined {
  switch (refusal.kind) {
    case 'taken':
      return conversation.refuse(401);
    case 'has-account':
      return conversation.refuse(403, `${name} has an account; log in with its password`);
    case 'plain-text':
      return conversation.refuse(426);
    case 'unsuitable-password':
      return conversation.refuse(422, refusal.problem);
    case 'not-let-in':
      return conversation.refuse(refusal.isUninvited ? 412 : 423, refusal.why);
    case 'wrong':
    case 'revoked':
      return conversation.refuse(403);
    case 'throttled':
      return conversation.refuseUntil(refusal.seconds, 'Too many wrong passwords');
    case 'busy':
      return conversation.refuseUntil(1, 'Too many logins at once; try again');
    case 'too-many-accounts':
      return conversation.refuseUntil(refusal.seconds, 'Too many accounts were made; try again later');
  }
}

/** The label of a token: tells the account's owner which login it came from. */
export function labelOf({ session }: Conversation): string {
  const { carrier, remoteAddress } = session.connection;
  return `CHAT/1.1${carrier === undefined ? '' : ` over a ${carrier}`} from ${remoteAddress}`;
}
