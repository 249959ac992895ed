import { accounts, erase, invite, registration } from './accounts.ts';
import type { OperatorCommand } from './command.ts';
import { announce, ban, bans, kick, unban } from './people.ts';
import { limits, status, who } from './status.ts';

/** The commands that a running server executes, in the order of the help. */
export const operatorCommands: readonly OperatorCommand[] = [
  ...[status, who, kick, ban, unban, bans, announce],
  ...[accounts, registration, invite, erase, limits],
];
