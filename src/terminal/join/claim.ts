import type { Client } from '../../client/client.ts';
import { RefusedError } from '../../client/errors.ts';
import { passwordProblem } from '../../protocol/passwords.ts';
import type { Screen } from '../screen.ts';
import type { AskHidden, HiddenLines } from './hidden-lines.ts';

/** Who makes an account of their name, and where they are asked for a password. */
export interface Claimant {
  readonly client: Client;
  readonly screen: Screen;
  /** Undefined where nobody can be asked for anything. */
  readonly hiddenLines: HiddenLines | undefined;
}

/** `!password`: makes an account of a guest's name. Its first question is asked in the turn in which it is called. */
export async function claim({ client, screen, hiddenLines }: Claimant): Promise<void> {
  if (hiddenLines === undefined) {
    screen.problem('A password can only be chosen at a terminal.');
    return;
  }
  if (!client.isGuest) {
    screen.problem(
      `${client.name} has a password; earshot passwd ${client.name} changes it, on the machine of the server.`,
    );
    return;
  }
  screen.notice(
    'With a password your name is an account: only who knows it gets in under that name, what you follow is kept, ' +
      'and what is said while you are away reaches you when you are back.',
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
        'read it. Come back through an SSH tunnel, and choose another.',
    );
  }
}

async function choose(
  name: string,
  ask: AskHidden,
): Promise<{ readonly password: string } | { readonly problem: string }> {
  const password = await ask(`New password for ${name}: `);
  if (password === undefined || password === '') return { problem: 'No password' };
  // Asked for twice whatever it is: a second line that was typed ahead is a password too.
  const again = await ask('The same again: ');
  const problem = passwordProblem(password);
  if (problem !== undefined) return { problem };
  return again === password ? { password } : { problem: 'Those were two different passwords' };
}
