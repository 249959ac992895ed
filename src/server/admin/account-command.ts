import { existsSync } from 'node:fs';
import { exitCodes } from '../../exit-codes.ts';
import { quoteShort } from '../../protocol/text.ts';
import { AccountDatabase } from '../accounts/account-database.ts';
import { AccountRows } from '../accounts/account-rows.ts';
import { accountsSchema } from '../accounts/schema.ts';
import { accountsFileIn, defaultDataFolder } from '../data-folder.ts';
import { openProblem } from '../sqlite/database-file.ts';
import { StartError } from '../start-error.ts';

export interface AccountOptions {
  readonly name: string;
  readonly data?: string;
}

/** The accounts of a data folder, for a command about one of them. */
export interface OpenedAccounts {
  readonly database: AccountDatabase;
  readonly rows: AccountRows;
  /** Runs `work` on the database and turns errors of SQLite and the system into a `StartError`. */
  inWords<Result>(work: () => Result): Result;
}

/**
 * Runs a command about an account, if there is such an account, whether a server uses the folder or not. Prints a
 * `StartError` as one line. Resolves with the exit code.
 */
export async function accountCommand(
  { name, data }: AccountOptions,
  work: (accounts: OpenedAccounts) => Promise<void> | void,
): Promise<number> {
  process.umask(0o077);
  try {
    await withAccount(data ?? defaultDataFolder(process.env), name, work);
    return exitCodes.ok;
  } catch (error) {
    if (!(error instanceof StartError)) throw error;
    process.stderr.write(`earshot: ${error.message}\n`);
    return error.exitCode;
  }
}

async function withAccount(
  folder: string,
  name: string,
  work: (accounts: OpenedAccounts) => Promise<void> | void,
): Promise<void> {
  const file = accountsFileIn(folder);
  const nobody = new StartError(exitCodes.noUser, `${folder} has no account ${quoteShort(name)}`);
  // Do not create the accounts of a server that never ran.
  if (!existsSync(file)) throw nobody;
  const inWords = <Result>(action: () => Result): Result => {
    try {
      return action();
    } catch (error) {
      throw new StartError(exitCodes.noData, openProblem(file, accountsSchema, error));
    }
  };
  const database = inWords(() => new AccountDatabase(file));
  try {
    const rows = inWords(() => new AccountRows(database));
    if (inWords(() => rows.credential(name)) === undefined) throw nobody;
    await work({ database, rows, inWords });
  } finally {
    database.close();
  }
}
