import { systemProblem } from '../../client/system-error.ts';
import type { VerbsEnding } from '../../client/verbs/verbs-client.ts';
import { exitCodes } from '../../exit-codes.ts';
import { quoteShort } from '../../protocol/text.ts';
import { type Report, refused } from '../report.ts';

/** Returns the report for `ending`. Verbs has no DISCONNECT: a close after the last answer is a normal end. */
export function reportOf(ending: VerbsEnding): Report {
  switch (ending.kind) {
    case 'left':
      return { code: exitCodes.ok };
    case 'closed-by-server':
      return { code: exitCodes.ok, notice: 'The server has closed the connection.' };
    case 'dismissed':
      return refused(`the server ended the connection: ${ending.reason}`);
    case 'unanswered':
      return refused('the server does not answer; is it a chat server?');
    case 'foreign':
      return refused(`the server does not speak this protocol: it answered ${quoteShort(ending.line)}`);
    case 'lost': {
      const reason = ending.cause === undefined ? '' : `: ${systemProblem(ending.cause)}`;
      return refused(`the connection to the server was lost${reason}`);
    }
    case 'broken':
      return refused(`${ending.problem}; the connection was closed`);
  }
}
