import type { Client } from '../../../client/client.ts';
import { RefusedError } from '../../../client/errors.ts';
import { passwordProblem } from '../../../protocol/passwords.ts';
import type { Screen } from '../../screen.ts';
import type { AskHidden, HiddenLines } from './hidden-lines.ts';

/** The guest who becomes an account, and the terminal that asks for the password. */
export interface Claimant {
  readonly client: Client;
  readonly screen: Screen;
  /** Undefined through pipes, where nobody can be asked for a password. */
  readonly hiddenLines: HiddenLines | undefined;
}

/**
 * `!password`: turns a guest into an account. Takes over the prompt synchronously: no line gets into the chat. Resolves
 * with whether it is done.
 */
export async function claim({ client, screen, hiddenLines }: Claimant): Promise<boolean> {
  if (hiddenLines === undefined) {
    screen.problem(needsTerminal);
    return false;
  }
  screen.notice(
    'With a password your name is an account: nobody else can use the name, what you follow is kept, ' +
      'and messages that are sent while you are away reach you when you are back.',
  );
  const chosen = await hiddenLines.ask((ask) => choose(client.name, ask, screen));
  if (typeof chosen === 'object') {
    screen.problem(`${chosen.problem}; nothing is changed. ${nowChat}`);
    return false;
  }
  try {
    await client.claim(chosen);
    screen.notice(`${client.name} is an account now; join asks for its password from the next time on.`);
    return true;
  } catch (error) {
    if (!(error instanceof RefusedError && error.code === 426)) {
      screen.problem(`Nothing is changed. ${nowChat}`);
      throw error;
    }
    screen.problem(
      'The server takes no password from another machine, because nothing is encrypted on the way: others may have ' +
        `read yours. Join again by an address with chat+udp:// or chats://, or through an SSH tunnel, and choose another one. ${nowChat}`,
    );
    return false;
  }
}

export const needsTerminal = 'A password can only be chosen at a terminal.';
/** After a failure a user may go on to type a password. */
export const nowChat = 'What you type now is sent to the chat.';
const maxAttempts = 3;

/** Asks for a new password, twice; after an invalid one again. */
export async function choose(
  name: string,
  ask: AskHidden,
  screen: Screen,
): Promise<string | { readonly problem: string }> {
  for (let attempt = 1; ; attempt++) {
    const password = await ask(`New password for ${name}: `);
    if (password === undefined || password === '') return { problem: 'No password' };
    const problem = passwordProblem(password) ?? (await repeated(password, ask));
    if (problem === undefined) return password;
    if (attempt === maxAttempts) return { problem };
    screen.problem(`${problem}. Choose again; an empty line cancels.`);
  }
}

/** Asks for the password again; resolves with what is wrong. */
async function repeated(password: string, ask: AskHidden): Promise<string | undefined> {
  const again = await ask('The same again: ');
  return again === password ? undefined : 'Those were two different passwords';
}
