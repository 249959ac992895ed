import type { Client } from '../../client/client.ts';
import { RefusedError } from '../../client/errors.ts';
import { passwordProblem } from '../../protocol/passwords.ts';
import type { Screen } from '../screen.ts';
import type { AskHidden, HiddenLines } from './hidden-lines.ts';

/** The guest who becomes an account, and the terminal that asks for the password. */
export interface Claimant {
  readonly client: Client;
  readonly screen: Screen;
  /** Undefined through pipes, where nobody can be asked for a password. */
  readonly hiddenLines: HiddenLines | undefined;
}

/** `!password`: turns a guest into an account. Takes over the prompt synchronously: no line gets into the chat. */
export async function claim({ client, screen, hiddenLines }: Claimant): Promise<void> {
  if (hiddenLines === undefined) {
    screen.problem('A password can only be chosen at a terminal.');
    return;
  }
  if (!client.isGuest) {
    screen.problem(
      `${client.name} has a password; run earshot passwd ${client.name} on the server's machine to change it.`,
    );
    return;
  }
  screen.notice(
    'With a password your name is an account: nobody else can use the name, what you follow is kept, ' +
      'and messages that are sent while you are away reach you when you are back.',
  );
  const chosen = await hiddenLines.ask((ask) => choose(client.name, ask));
  if ('problem' in chosen) {
    screen.problem(`${chosen.problem}; nothing is changed.`);
    return;
  }
  try {
    await client.claim(chosen.password);
    screen.notice(`${client.name} is an account now; join asks for its password from the next time on.`);
  } catch (error) {
    if (!(error instanceof RefusedError && error.code === 426)) throw error;
    screen.problem(
      'The server takes no password from another machine, because nothing is encrypted on the way: others may have ' +
        'read yours. Join again through an SSH tunnel, and choose another one.',
    );
  }
}

async function choose(
  name: string,
  ask: AskHidden,
): Promise<{ readonly password: string } | { readonly problem: string }> {
  const password = await ask(`New password for ${name}: `);
  if (password === undefined || password === '') return { problem: 'No password' };
  // Ask twice even if the first is invalid: a second line that was typed ahead is a password too.
  const again = await ask('The same again: ');
  const problem = passwordProblem(password);
  if (problem !== undefined) return { problem };
  return again === password ? { password } : { problem: 'Those were two different passwords' };
}
