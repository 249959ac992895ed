import { systemProblem } from '../client/system-error.ts';
import { exitCodes } from '../exit-codes.ts';
import { type Clock, systemClock } from '../scheduling/clock.ts';
import { PlainScreen } from './plain-screen.ts';
import type { Report } from './report.ts';

const leaveSignals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * Runs a terminal client (`join`, `console` or `menu`) and resolves with the exit code. `leaving` aborts at a signal or
 * when the output closes. Never rejects: an error becomes one line on standard error.
 */
export async function runFace(
  face: (clock: Clock, leaving: AbortController) => Promise<Report>,
): Promise<number> {
  const leaving = new AbortController();
  const leave = () => leaving.abort();
  for (const signal of leaveSignals) process.on(signal, leave);
  // The reader of our output is gone (`| head`), or the terminal closed.
  process.stdout.on('error', leave);
  process.stderr.on('error', leave);
  try {
    return tell(await face(systemClock, leaving));
  } catch (error) {
    return tell({ code: exitCodes.internal, problem: `internal error: ${systemProblem(error)}` });
  } finally {
    for (const signal of leaveSignals) process.off(signal, leave);
  }
}

function tell(report: Report): number {
  const screen = new PlainScreen(process.stdout, process.stderr, process.env);
  if (report.notice !== undefined) screen.notice(report.notice);
  if (report.problem !== undefined) screen.problem(`earshot: ${report.problem}`);
  return report.code;
}

/** Whether to use a prompt: input and output are a terminal that can move its cursor. */
export function isInteractive(): boolean {
  return process.stdin.isTTY && process.stdout.isTTY && process.env.TERM !== 'dumb';
}
