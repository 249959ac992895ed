import type { Request, RequestKind, RequestOf } from '../../../protocol/chat11/request.ts';
import { failure, formatResponse } from '../../../protocol/chat11/response.ts';
import type { Device } from '../../connection/device.ts';
import { encodeOnce } from '../../connection/encode-once.ts';
import type { Handled } from '../../connection/peer.ts';
import { audience } from './audience.ts';
import type { Conversation, Ending } from './conversation.ts';
import { follow, follows, unfollow } from './follows.ts';
import { history } from './history.ts';
import { logIn, logOut, lookUp, register } from './log-in.ts';
import { changePassword, devices, revoke } from './own-account.ts';
import { post } from './posts.ts';

/** Handles one kind of request: answers it, or returns how the conversation ends. */
type Handler<Kind extends RequestKind> = (
  conversation: Conversation,
  request: RequestOf<Kind>,
) => Handled<Ending>;
/** The same for a user who is logged in. */
type UserHandler<Kind extends RequestKind> = (
  conversation: Conversation,
  request: RequestOf<Kind>,
  device: Device,
) => Handled<Ending>;

type Handlers = {
  readonly [Kind in RequestKind]:
    | { readonly who: 'anybody'; readonly run: Handler<Kind> }
    | { readonly who: 'user'; readonly run: UserHandler<Kind> }
    /** The handler itself answers in order. */
    | { readonly who: 'user, in turn'; readonly run: UserHandler<Kind> };
};

const handlers: Handlers = {
  name: { who: 'anybody', run: lookUp },
  register: { who: 'anybody', run: register },
  login: { who: 'anybody', run: logIn },
  logout: { who: 'user', run: logOut },
  password: { who: 'user', run: changePassword },
  devices: { who: 'user', run: devices },
  revoke: { who: 'user', run: revoke },
  list: { who: 'anybody', run: list },
  follow: { who: 'user', run: follow },
  unfollow: { who: 'user', run: unfollow },
  follows: { who: 'user', run: follows },
  send: {
    who: 'user, in turn',
    run: (c, { text, id }, device) => post(c, device, { kind: 'text', text }, id),
  },
  broadcast: {
    who: 'user, in turn',
    run: (c, { text, id }, device) => post(c, device, { kind: 'broadcast', text }, id),
  },
  sendto: {
    who: 'user, in turn',
    run: (c, { to, text, id }, device) => post(c, device, { kind: 'private', to, text }, id),
  },
  audience: { who: 'user', run: audience },
  history: { who: 'user', run: history },
  attach: { who: 'user', run: (c, request, device) => c.uploads.attach(request, device) },
  data: { who: 'user', run: (c, request) => c.uploads.data(request) },
  commit: { who: 'user', run: (c, request, device) => c.uploads.commit(request, device) },
  fetch: { who: 'user', run: (c, request, device) => c.downloads.fetch(request, device) },
  ping: { who: 'anybody', run: (c) => c.answer({ kind: 'ping' }) },
  disconnect: { who: 'anybody', run: disconnect },
};

/** Handles `request`, and answers it after all requests before it. */
export function obey(conversation: Conversation, request: Request): Handled<Ending> {
  // TypeScript cannot see that the handler matches the kind of the request.
  const handler = handlers[request.kind] as Handlers['ping'];
  const known = request as RequestOf<'ping'>;
  const { device } = conversation;
  if (handler.who !== 'anybody' && device === undefined) {
    return inTurn(conversation, () =>
      conversation.refuseRequest(request, failure(403, 'Nobody is logged in')),
    );
  }
  if (handler.who === 'anybody') return inTurn(conversation, () => handler.run(conversation, known));
  if (device === undefined) return undefined;
  if (handler.who === 'user') return inTurn(conversation, () => handler.run(conversation, known, device));
  return handler.run(conversation, known, device);
}

async function inTurn(conversation: Conversation, run: () => Handled<Ending>): Promise<Ending | undefined> {
  await conversation.peer.allPosted();
  return run();
}

const encodeList = encodeOnce((names: readonly string[]) => formatResponse({ kind: 'list', names }));

async function list(conversation: Conversation): Promise<undefined> {
  conversation.tell(encodeList(await conversation.chat.registry.online()));
  return undefined;
}

function disconnect(conversation: Conversation): Ending {
  conversation.answer({ kind: 'disconnect' });
  return 'disconnected';
}
