import * as reply from '../../../protocol/chat10/reply.ts';
import { wireLimits } from '../../../protocol/limits.ts';
import type { LoggedIn, LoginRefusal, Logins } from '../../chat/logins.ts';
import { LineReader } from '../../connection/line-reader.ts';
import type { Peer } from '../../connection/peer.ts';
import { type Header, HeaderBlock } from './header-block.ts';

/** `headers`: the last `Follow:` of the header block, if it had one. */
export type Chat10Login = (LoggedIn & { readonly headers: readonly Header[] }) | Chat10Refusal;
export type Chat10Refusal = LoginRefusal | { readonly kind: 'no-password' } | { readonly kind: 'stopping' };

/**
 * `REGISTER` of a name that has an account: waits for the header block and checks the password in it. Over plain text
 * from another machine it refuses at once, before the peer sends the password, which others could read.
 */
export async function logIn(peer: Peer, name: string, logins: Logins): Promise<Chat10Login> {
  const refusal = logins.refusePlainText(peer);
  if (refusal !== undefined) return refusal;
  const block = await readBlock(peer);
  if (peer.session.isStopping) return { kind: 'stopping' };
  const password = block.findLast(({ name }) => name === 'password')?.value;
  if (password === undefined) {
    peer.session.logger.info({ user: name, reason: 'no password' }, 'login refused');
    logins.outcomes.add('no-password');
    return { kind: 'no-password' };
  }
  const login = await logins.byPassword(peer, name, password);
  if (login.kind !== 'in') return login;
  // The headers stay in memory as long as the conversation, and a password must not. The last follow list replaces all
  // others.
  const follow = block.findLast(({ name }) => name === 'follow');
  return { ...login, headers: follow === undefined ? [] : [follow] };
}

/** The answer to a `REGISTER` that was refused. */
export function refusalOf(refusal: Chat10Refusal): string {
  switch (refusal.kind) {
    case 'taken':
      return reply.alreadyRegistered;
    case 'stopping':
      return reply.serverDisconnect;
    case 'no-password':
    case 'has-account':
    case 'plain-text':
      return reply.passwordRequired;
    case 'throttled':
      return reply.tooManyWrongPasswords(refusal.seconds);
    case 'busy':
    case 'too-many-accounts':
      return reply.tooManyLogins;
    case 'not-let-in':
      return reply.notLetIn(refusal.why);
    case 'wrong':
    case 'revoked':
    case 'unsuitable-password':
      return reply.wrongPassword;
  }
}

/** The headers of the block; none when it is malformed, or incomplete after `headerBlockMs`. */
async function readBlock({ session, services, outbox }: Peer): Promise<readonly Header[]> {
  const { input } = session;
  const timer = services.clock.after(services.limits.headerBlockMs, () => input.end());
  const lines = new LineReader(input, wireLimits.registerBlockBytes);
  const block = new HeaderBlock();
  const headers: Header[] = [];
  try {
    for (;;) {
      const line = lines.take();
      if (line === undefined) {
        if (await input.more()) continue;
        return [];
      }
      if ('problem' in line) return [];
      if ('telnet' in line) {
        outbox.reply(line.telnet);
        continue;
      }
      const header = block.take(line.text);
      if (header.kind === 'none' || header.kind === 'too-long') return [];
      if (header.kind === 'end') return headers;
      headers.push(header);
    }
  } finally {
    timer.cancel();
  }
}
