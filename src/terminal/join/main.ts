import { parseTermList } from '../../protocol/commands/term-list.ts';
import { termProblem } from '../../protocol/terms.ts';
import { hasControlCharacter, quoteShort } from '../../protocol/text.ts';
import type { Clock } from '../../scheduling/clock.ts';
import { formatChatAddress } from '../../transport/address.ts';
import { dial, trustedAddress } from '../dial.ts';
import { PlainScreen } from '../plain-screen.ts';
import { type Report, refused, usage } from '../report.ts';
import { runFace } from '../run-face.ts';
import type { PasswordOptions } from '../sign-in/given-password.ts';
import { placeOptions } from '../sign-in/place.ts';
import { signIn } from '../sign-in/sign-in.ts';
import type { UdpOptions } from '../udp-lens.ts';
import { chatInTerminal } from './chat.ts';
import { Conversation } from './conversation/conversation.ts';
import type { Accepting } from './files/accepted-files.ts';
import { downloadsFolder, shownPath } from './files/downloads.ts';
import type { SettingValues } from './session/settings.ts';

export interface JoinOptions
  extends Omit<Accepting, 'acceptBytes'>,
    PasswordOptions,
    UdpOptions,
    Omit<SettingValues, 'notify'> {
  /** False when it is left out. */
  readonly notify?: boolean;
  readonly name: string;
  /** `chat://host:port` or `host:port`. */
  readonly address: string;
  /** Terms, separated by commas; empty for none. */
  readonly follow: string;
  /** The folder where received files are saved; undefined for the default. */
  readonly downloads?: string;
  /** The largest file that is saved without asking, in bytes; undefined for the default. */
  readonly acceptSize?: number;
  /** The rate limit of piped lines after the first few, in lines per second; 0 is no limit. */
  readonly rate: number;
  /** `auto` speaks CHAT/1.1 where the server does. */
  readonly protocol: 'auto' | 'chat10' | 'chat11';
  /** The name under which the account's place is kept; undefined for the usual place of a terminal, none in a pipe. */
  readonly state?: string;
  /** The code of an invitation: makes an account when the name is free. */
  readonly invitation?: string;
  /** Keeps the login on this machine; in a pipe, or with `state`, it does nothing. */
  readonly keepLogin?: boolean;
}

/**
 * `earshot join`: chats in this terminal, or through pipes, until the user or the server ends it. Resolves with the
 * exit code: 0, also when the server shuts down; 1 when the server refuses, the connection is lost, or something that a
 * pipe asked for was not done; 64 for invalid arguments; 69 when the server cannot be reached. Never rejects.
 */
export function join(options: JoinOptions): Promise<number> {
  return runFace((clock, leaving) => joined(options, clock, leaving));
}

async function joined(options: JoinOptions, clock: Clock, leaving: AbortController): Promise<Report> {
  const address = await trustedAddress(options, clock, leaving.signal);
  if ('code' in address) return address;
  const problem = argumentProblem(options);
  if (problem !== undefined) return usage(problem);
  const downloads = await downloadsFolder(options.downloads, tellCreated);
  if (typeof downloads === 'string') return usage(downloads);
  const follow = parseTermList(options.follow);
  const { acceptSize: acceptBytes, bell, title, notify = false, times } = options;
  const settings = { bell, title, notify, times };
  const joining = { ...options, address, follow, downloads, acceptBytes, settings, clock, leaving };
  const state = placeOptions(options.state);
  if ('code' in state) return state;
  const command = `earshot join ${options.name}`;
  const leave = (): void => leaving.abort();
  const isChat11Only = options.protocol === 'chat11';
  const client =
    options.protocol === 'chat10'
      ? 'CHAT/1.0'
      : await signIn({ ...joining, leaving: leaving.signal, leave, state, command, isChat11Only });
  if (client === 'CHAT/1.0' && isChat11Only) {
    return refused(`${formatChatAddress(address)} does not speak CHAT/1.1`);
  }
  if (client !== 'CHAT/1.0') {
    if ('code' in client) return client;
    return chatInTerminal((terminal) => new Conversation(client, joining, terminal), joining);
  }
  // Most servers speak CHAT/1.1, and every module costs time at the start.
  const { Chat10Chat } = await import('./chat10/chat10-chat.ts');
  const connection = await dial(address, clock, leaving.signal);
  if ('code' in connection) return connection;
  return chatInTerminal((terminal) => new Chat10Chat(connection, joining, terminal), joining);
}

/** Returns why name or terms cannot be sent; undefined when they can. The server decides whether the name is valid. */
function argumentProblem({ name, follow }: JoinOptions): string | undefined {
  if (name === '' || hasControlCharacter(name)) {
    return 'a name may not be empty or hold control characters';
  }
  for (const term of parseTermList(follow)) {
    const problem = termProblem(term);
    if (problem !== undefined) return `${quoteShort(term)} cannot be followed: ${problem}`;
  }
  return undefined;
}

/** On standard error, because a pipe's output holds nothing but the chat. */
function tellCreated(folder: string): void {
  const screen = new PlainScreen(process.stderr, process.stderr, process.env);
  screen.notice(`earshot: created the folder ${shownPath(folder)} for received files`);
}
