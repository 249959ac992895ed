import { exitCodes } from '../../exit-codes.ts';
import { readHiddenLine, readLine } from '../../hidden-line.ts';
import { defaultLimits } from '../../protocol/limits.ts';
import { passwordProblem } from '../../protocol/passwords.ts';
import { PasswordHasher } from '../accounts/password-hasher.ts';
import { StartError } from '../start-error.ts';
import { type AccountOptions, accountCommand } from './account-command.ts';

/**
 * `earshot passwd`: changes an account's password; its tokens are revoked and its sessions end. Resolves with the exit
 * code.
 */
export function passwd(options: AccountOptions): Promise<number> {
  const { name } = options;
  return accountCommand(options, async ({ rows, inWords }) => {
    // A server with another hash cost rehashes the password at the next login.
    const hash = await new PasswordHasher(defaultLimits).hash(await askForPassword(name));
    inWords(() => rows.setPassword(name, hash));
    process.stderr.write(
      `The password of ${name} is changed; the account's tokens are revoked and its sessions end.\n`,
    );
  });
}

/** On a terminal asks twice, without echo; otherwise reads the first line of standard input. */
async function askForPassword(name: string): Promise<string> {
  const isTerminal = process.stdin.isTTY === true;
  const password = isTerminal ? await readHiddenLine(`New password for ${name}: `) : await readLine();
  if (password === undefined)
    throw new StartError(exitCodes.usage, 'no password was given; nothing is changed');
  const problem = passwordProblem(password);
  if (problem !== undefined) throw new StartError(exitCodes.usage, `${problem}; nothing is changed`);
  if (isTerminal && (await readHiddenLine('The same again: ')) !== password) {
    throw new StartError(exitCodes.usage, 'those were two different passwords; nothing is changed');
  }
  return password;
}
