import * as reply from '../../../protocol/chat10/reply.ts';
import { wireLimits } from '../../../protocol/limits.ts';
import type { PasswordAnswer } from '../../accounts/accounts.ts';
import { LineReader } from '../../connection/line-reader.ts';
import type { Session } from '../../connection/session.ts';
import { Grant } from '../../users/grant.ts';
import { type Header, HeaderBlock } from './header-block.ts';

export type Login =
  /** With what stood beside the password in the header block. */
  | { readonly kind: 'in'; readonly grant: Grant; readonly headers: readonly Header[] }
  /** With the answer to give. */
  | { readonly kind: 'refused'; readonly text: string };

/**
 * `REGISTER` of a name that has an account: waits for the header block and looks at the password in it. Whoever comes
 * from another machine is refused before they have sent one, as everybody on the way could read it.
 */
export async function logIn(session: Session, name: string): Promise<Login> {
  const { accounts, insecurePasswords } = session.context;
  const refuse = (reason: string, text: string): Login => {
    session.logger.info({ user: name, reason }, 'login refused');
    return { kind: 'refused', text };
  };
  if (!session.connection.isLoopback && !insecurePasswords) {
    session.logger.warn(
      { user: name },
      'login refused: a password would travel in plain text from another machine; --insecure-passwords allows that',
    );
    return { kind: 'refused', text: reply.passwordRequired };
  }
  const block = await readBlock(session);
  if (session.isStopping) return { kind: 'refused', text: reply.serverDisconnect };
  const password = block.findLast(isPassword)?.value;
  if (password === undefined) return refuse('no password', reply.passwordRequired);
  const answer = await accounts.checkPassword(name, password, session.connection.remoteAddress);
  if (answer.kind !== 'ok') return refuse(answer.kind, refusal(answer));
  // What is handed on is held as long as the conversation lasts, which a password is not to be. Of lists that are each
  // in place of the one before only the last is kept on the disk.
  const follow = block.findLast(({ name }) => name === 'follow');
  return { kind: 'in', grant: new Grant(accounts, name), headers: follow === undefined ? [] : [follow] };
}

function isPassword({ name }: Header): boolean {
  return name === 'password';
}

function refusal(answer: Exclude<PasswordAnswer, { kind: 'ok' }>): string {
  switch (answer.kind) {
    case 'wrong':
      return reply.wrongPassword;
    case 'later':
      return reply.tooManyWrongPasswords(answer.seconds);
    case 'busy':
      return reply.tooManyLogins;
  }
}

/** The headers of the block; none when it is broken, or did not come to its end in time. */
async function readBlock({ context, input }: Session): Promise<readonly Header[]> {
  const timer = context.clock.after(context.limits.headerBlockMs, () => input.end());
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
      const header = block.take(line.text);
      if (header.kind === 'none' || header.kind === 'too-long') return [];
      if (header.kind === 'end') return headers;
      headers.push(header);
    }
  } finally {
    timer.cancel();
  }
}
