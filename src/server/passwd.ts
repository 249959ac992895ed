import { existsSync } from 'node:fs';
import { exitCodes } from '../exit-codes.ts';
import { defaultLimits } from '../protocol/limits.ts';
import { passwordProblem } from '../protocol/passwords.ts';
import { quoteShort } from '../protocol/text.ts';
import { AccountDatabase } from './accounts/account-database.ts';
import { AccountRows } from './accounts/account-rows.ts';
import { PasswordHasher } from './accounts/password-hasher.ts';
import { accountsSchema } from './accounts/schema.ts';
import { accountsFileIn, defaultDataFolder } from './data-folder.ts';
import { readHiddenLine, readLine } from './hidden-line.ts';
import { openProblem } from './sqlite/database-file.ts';
import { StartError } from './start-error.ts';

export interface PasswdOptions {
  readonly name: string;
  readonly data?: string;
}

/**
 * `earshot passwd`: gives an account another password and ends all that the old one gave, whether a server runs on the
 * folder or not. Resolves with the exit code.
 */
export async function passwd({ name, data }: PasswdOptions): Promise<number> {
  process.umask(0o077);
  const folder = data ?? defaultDataFolder(process.env);
  try {
    await changePassword(folder, name);
  } catch (error) {
    if (!(error instanceof StartError)) throw error;
    process.stderr.write(`earshot: ${error.message}\n`);
    return error.exitCode;
  }
  process.stderr.write(`The password of ${name} is changed; what the old one let in ends.\n`);
  return exitCodes.ok;
}

async function changePassword(folder: string, name: string): Promise<void> {
  const file = accountsFileIn(folder);
  const nobody = new StartError(exitCodes.noUser, `${folder} has no account ${quoteShort(name)}`);
  // Where no server has ever been, none is to be made up.
  if (!existsSync(file)) throw nobody;
  const database = inWords(file, () => new AccountDatabase(file));
  try {
    const accounts = new AccountRows(database);
    if (accounts.credential(name) === undefined) throw nobody;
    // A server that was told to take other pains with passwords hashes it anew at the next login.
    const hash = await new PasswordHasher(defaultLimits).hash(await askForPassword(name));
    inWords(file, () => accounts.setPassword(name, hash));
  } finally {
    database.close();
  }
}

/** What SQLite and the system have against it is for whoever typed the command. */
function inWords<Result>(file: string, work: () => Result): Result {
  try {
    return work();
  } catch (error) {
    throw new StartError(exitCodes.noData, openProblem(file, accountsSchema, error));
  }
}

/** On a terminal asks twice and shows nothing; otherwise takes the first line of standard input. */
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
