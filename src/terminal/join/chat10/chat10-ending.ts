import type { Chat10Ending } from '../../../client/chat10/chat10-handlers.ts';
import { nameRule } from '../../../client/sendable.ts';
import { systemProblem } from '../../../client/system-error.ts';
import { exitCodes } from '../../../exit-codes.ts';
import { quoteShort } from '../../../protocol/text.ts';
import { type Report, refused } from '../../report.ts';

/** Returns the report for `ending`. When the server sent DISCONNECT, the end is a normal one: exit code 0. */
export function reportOf(ending: Chat10Ending, name: string): Report {
  switch (ending.kind) {
    case 'left':
      return { code: exitCodes.ok };
    case 'closed-by-server':
      return ending.asked ? { code: exitCodes.ok } : { code: exitCodes.ok, notice: closedByServer };
    case 'refused':
      return refused(`${refusal(ending.code, name)} (${ending.code} ${ending.text})`);
    case 'unanswered':
      return refused('the server does not answer; is it a chat server?');
    case 'foreign':
      return refused(`the server does not speak CHAT/1.0: it answered ${quoteShort(ending.line)}`);
    case 'lost':
      return refused(`the connection to the server was lost${reasonOf(ending.cause)}`);
    case 'broken':
      return refused(`${ending.problem}; the connection was closed`);
  }
}

export const closedByServer = 'The server has closed the chat.';

function refusal(code: number, name: string): string {
  if (code === 400) return `the server does not allow the name ${quoteShort(name)}; a name ${nameRule}`;
  if (code === 401) return `somebody called ${quoteShort(name)} is in the chat already`;
  if (code === 403) return `the name ${quoteShort(name)} has an account and needs its password`;
  return 'the server refused the registration';
}

function reasonOf(cause: Error | undefined): string {
  return cause === undefined ? '' : `: ${systemProblem(cause)}`;
}
