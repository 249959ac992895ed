import { RefusedError } from '../../client/errors.ts';
import { passwordProblem } from '../../protocol/passwords.ts';
import type { Conversation } from './conversation.ts';

const unchanged = 'nothing is changed';

/** `!password`: makes an account of a guest's name. Its first question is asked in the turn in which it is called. */
export async function claim({ client, screen, askHidden }: Conversation): Promise<void> {
  if (askHidden === undefined) {
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
  const password = await askHidden(`New password for ${client.name}: `);
  const problem = password === undefined || password === '' ? 'No password' : passwordProblem(password);
  if (password === undefined || problem !== undefined) {
    screen.problem(`${problem}; ${unchanged}.`);
    return;
  }
  if ((await askHidden('The same again: ')) !== password) {
    screen.problem(`Those were two different passwords; ${unchanged}.`);
    return;
  }
  try {
    await client.claim(password);
    screen.notice(`${client.name} is an account now; join asks for its password from the next time on.`);
  } catch (error) {
    if (!(error instanceof RefusedError && error.code === 426)) throw error;
    screen.problem(
      'The server takes no password from another machine, because nothing is encrypted on the way: others may have ' +
        'read it. Come back through an SSH tunnel, and choose another.',
    );
  }
}
