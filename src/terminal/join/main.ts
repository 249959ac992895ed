import { parseTermList } from '../../protocol/commands/term-list.ts';
import { hasControlCharacter, quoteShort } from '../../protocol/text.ts';
import { termProblem } from '../../protocol/words.ts';
import type { Clock } from '../../scheduling/clock.ts';
import { formatChatAddress, parseChatAddress } from '../../transport/address.ts';
import { dialProblem } from '../../transport/dial.ts';
import { dial } from '../dial.ts';
import { PlainScreen } from '../plain-screen.ts';
import { type Report, refused, usage } from '../report.ts';
import { runFace } from '../run-face.ts';
import type { Accepting } from './accepted-files.ts';
import { chatInTerminal } from './chat.ts';
import { Chat10Chat } from './chat10-chat.ts';
import { Conversation } from './conversation.ts';
import { downloadsFolder, shownPath } from './downloads.ts';
import { signIn } from './sign-in.ts';

export interface JoinOptions extends Omit<Accepting, 'acceptBytes'> {
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
}

/**
 * `earshot join`: chats in this terminal, or through pipes, until the user or the server ends it. Resolves with the
 * exit code: 0, also when the server shuts down; 1 when the server refuses, the connection is lost, or a piped line or
 * a file could not be sent; 64 for invalid arguments; 69 when the server cannot be reached. Never rejects.
 */
export function join(options: JoinOptions): Promise<number> {
  return runFace((clock, leaving) => joined(options, clock, leaving));
}

async function joined(options: JoinOptions, clock: Clock, leaving: AbortController): Promise<Report> {
  const parsed = parseChatAddress(options.address);
  const addressIs = parsed.ok ? dialProblem(parsed.address) : parsed.problem;
  if (!parsed.ok || addressIs !== undefined) {
    return usage(`${quoteShort(options.address)} is not an address: ${addressIs}`);
  }
  const problem = argumentProblem(options);
  if (problem !== undefined) return usage(problem);
  const downloads = await downloadsFolder(options.downloads, tellCreated);
  if (typeof downloads === 'string') return usage(downloads);
  const { address } = parsed;
  const follow = parseTermList(options.follow);
  const joining = { ...options, address, follow, downloads, acceptBytes: options.acceptSize, clock, leaving };
  const client =
    options.protocol === 'chat10' ? 'CHAT/1.0' : await signIn({ ...joining, leaving: leaving.signal });
  if (client === 'CHAT/1.0' && options.protocol === 'chat11') {
    return refused(`${formatChatAddress(address)} does not speak CHAT/1.1`);
  }
  if (client !== 'CHAT/1.0') {
    if ('code' in client) return client;
    return chatInTerminal((terminal) => new Conversation(client, joining, terminal), joining);
  }
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
