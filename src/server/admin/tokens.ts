import { exitCodes } from '../../exit-codes.ts';
import { defaultLimits } from '../../protocol/limits.ts';
import { utcMinute } from '../../scheduling/utc-minute.ts';
import type { TokenDescription } from '../accounts/accounts.ts';
import { TokenRows } from '../accounts/token-rows.ts';
import { StartError } from '../start-error.ts';
import { type AccountOptions, accountCommand } from './account-command.ts';

export interface TokensOptions extends AccountOptions {
  /** The id of a token, or all of them. */
  readonly revoke?: number | 'all';
}

/**
 * `earshot tokens`: lists an account's tokens, or revokes some and ends the sessions that they admitted. Resolves with
 * the exit code.
 */
export function tokens({ revoke, ...options }: TokensOptions): Promise<number> {
  const { name } = options;
  return accountCommand(options, ({ database, inWords }) => {
    // These limits matter only where tokens are issued and used, which is in the server.
    const rows = inWords(() => new TokenRows(database, { ...defaultLimits, tokenIdleMs: Infinity }));
    if (revoke === undefined) {
      const listed = inWords(() => rows.tokens(name));
      if (listed.length === 0) process.stderr.write(`${name} has no tokens.\n`);
      else process.stdout.write(tableOf(listed));
      return;
    }
    const count = inWords(() =>
      revoke === 'all' ? rows.removeTokens(name) : rows.removeToken(name, revoke),
    );
    if (count === false) {
      throw new StartError(
        exitCodes.noUser,
        `${name} has no token ${revoke}; earshot tokens ${name} lists its tokens`,
      );
    }
    process.stderr.write(
      revoke === 'all'
        ? `All tokens of ${name} are revoked (${count}); their sessions are disconnected.\n`
        : `Token ${revoke} of ${name} is revoked; its sessions are disconnected.\n`,
    );
  });
}

/** A header line and a line for each token. */
function tableOf(listed: readonly TokenDescription[]): string {
  const lines = listed.map(({ id, usedMs, createdMs, label }) =>
    row(String(id), utcMinute(usedMs), utcMinute(createdMs), printable(label)),
  );
  return [row('ID', 'LAST USED (UTC)', 'MADE (UTC)', 'LABEL'), ...lines].join('');
}

function row(id: string, used: string, made: string, label: string): string {
  return `${id.padEnd(6)}  ${used.padEnd(16)}  ${made.padEnd(16)}  ${label}\n`;
}

/** Labels are a protocol and an address; anything else in a damaged file must not control the terminal. */
function printable(label: string): string {
  return label.replace(/[^\x20-\x7e]/g, '?');
}
