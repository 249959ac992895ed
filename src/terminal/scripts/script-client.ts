import type { Client } from '../../client/client.ts';
import { parseTermList } from '../../protocol/commands/term-list.ts';
import { termProblem } from '../../protocol/terms.ts';
import { hasControlCharacter, quoteShort } from '../../protocol/text.ts';
import type { Clock } from '../../scheduling/clock.ts';
import { trustedAddress } from '../dial.ts';
import { type Report, refused, usage } from '../report.ts';
import type { PasswordOptions } from '../sign-in/given-password.ts';
import { type SignInOptions, signIn } from '../sign-in/sign-in.ts';
import type { UdpOptions } from '../udp-lens.ts';

/** Who logs in where, as the command line says it. */
export interface ScriptLogin extends PasswordOptions, UdpOptions {
  readonly name: string;
  /** `chat://host:port` or `host:port`. */
  readonly address: string;
}

/** What the commands for scripts need besides. */
export interface ScriptConnect {
  readonly clock: Clock;
  readonly leaving: AbortController;
  /** The command, for errors: `send`. */
  readonly command: string;
  readonly follow?: readonly string[];
  /** An account keeps what it follows, whatever `follow` says. */
  readonly keepsFollows?: boolean;
  readonly state?: SignInOptions['state'];
  readonly onWait?: (why: string) => void;
}

/** Logs in for a script, over CHAT/1.1 only. Resolves with a report for the user when that fails. */
export async function scriptClient(login: ScriptLogin, connect: ScriptConnect): Promise<Client | Report> {
  const { command, follow = [], state = { stateFolder: false } } = connect;
  const address = await trustedAddress(login, connect.clock, connect.leaving.signal, false);
  if ('code' in address) return address;
  if (login.name === '' || hasControlCharacter(login.name)) {
    return usage('a name may not be empty or hold control characters');
  }
  const client = await signIn({
    ...login,
    ...connect,
    leaving: connect.leaving.signal,
    address,
    follow,
    state,
    command: `earshot ${command}`,
    isChat11Only: true,
  });
  if (client !== 'CHAT/1.0') return client;
  return refused(`earshot ${command} needs a server that speaks CHAT/1.1 and a name that it allows`);
}

/** Splits `text` at commas. Returns a report for the user when a part is no term. */
export function termsOf(text: string): readonly string[] | Report {
  const terms = parseTermList(text);
  for (const term of terms) {
    const problem = termProblem(term);
    if (problem !== undefined) return usage(`${quoteShort(term)} cannot be followed: ${problem}`);
  }
  return terms;
}
