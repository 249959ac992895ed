import * as reply from '../../../protocol/chat10/reply.ts';
import { parseTermList } from '../../../protocol/chat10/request.ts';
import { wireLimits } from '../../../protocol/limits.ts';
import type { PasswordAnswer } from '../../accounts/accounts.ts';
import { Access } from '../access.ts';
import { LineReader } from '../line-reader.ts';
import type { Session } from '../session.ts';
import { HeaderBlock } from './header-block.ts';

export type Login =
  /** With the lists of terms that the header block asked for. */
  | { readonly kind: 'in'; readonly access: Access; readonly termLists: readonly (readonly string[])[] }
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
  const { password, termLists } = await readBlock(session);
  if (session.isStopping) return { kind: 'refused', text: reply.serverDisconnect };
  if (password === undefined) return refuse('no password', reply.passwordRequired);
  const answer = await accounts.checkPassword(name, password, session.connection.remoteAddress);
  if (answer.kind === 'ok') return { kind: 'in', access: new Access(accounts, name), termLists };
  return refuse(answer.kind, refusal(answer));
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

interface Block {
  /** Undefined when the block had none, or did not come to its end in time. */
  readonly password: string | undefined;
  readonly termLists: readonly (readonly string[])[];
}

const noBlock: Block = { password: undefined, termLists: [] };

async function readBlock({ context, input }: Session): Promise<Block> {
  const timer = context.clock.after(context.limits.headerBlockMs, () => input.end());
  const lines = new LineReader(input, wireLimits.registerBlockBytes);
  const block = new HeaderBlock();
  const termLists: string[][] = [];
  let password: string | undefined;
  try {
    for (;;) {
      const line = lines.take();
      if (line === undefined) {
        if (await input.more()) continue;
        return noBlock;
      }
      if ('problem' in line) return noBlock;
      const header = block.take(line.text);
      if (header.kind === 'none' || header.kind === 'too-long') return noBlock;
      if (header.kind === 'end') return { password, termLists };
      if (header.name === 'password') password = header.value;
      if (header.name === 'follow') termLists.push(parseTermList(header.value));
    }
  } finally {
    timer.cancel();
  }
}
