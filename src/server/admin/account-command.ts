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

/** The accounts of a data folder, one of which is asked about. */
export interface OpenedAccounts {
  readonly database: AccountDatabase;
  readonly rows: AccountRows;
  /** Does what asks or changes the database; what SQLite and the system have against it becomes a `StartError`. */
  inWords<Result>(work: () => Result): Result;
}

/**
 * A command about an account: does `work` if there is such an account, whether a server runs on the folder or not.
 * Resolves with the exit code; a `StartError` is told in one line.
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
  // Where no server has ever been, none is to be made up.
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
