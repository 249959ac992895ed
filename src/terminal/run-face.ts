import { systemProblem } from '../client/system-error.ts';
import { exitCodes } from '../exit-codes.ts';
import { leaveSignals } from '../leave-signals.ts';
import { type Clock, systemClock } from '../scheduling/clock.ts';
import { PlainScreen } from './plain-screen.ts';
import type { Report } from './report.ts';

/**
 * Runs a terminal client (`join`, `tail`, `console` or `menu`) and resolves with the exit code. `leaving` aborts at a
 * signal or when the output closes. Never rejects: an error becomes one line on standard error. One that nothing caught
 * ends the process.
 */
export async function runFace(
  face: (clock: Clock, leaving: AbortController) => Promise<Report>,
): Promise<number> {
  const leaving = new AbortController();
  const leave = () => leaving.abort();
  for (const signal of leaveSignals) process.on(signal, leave);
  process.on('uncaughtException', endByBug);
  // The reader of our output is gone (`| head`), or the terminal closed.
  process.stdout.on('error', leave);
  process.stderr.on('error', leave);
  try {
    return tell(await face(systemClock, leaving));
  } catch (error) {
    return tell({ code: exitCodes.internal, problem: `internal error: ${systemProblem(error)}` });
  } finally {
    for (const signal of leaveSignals) process.off(signal, leave);
    process.off('uncaughtException', endByBug);
  }
}

/**
 * As `runFace`, for a command that has an end of its own (`send`, `list`, `history`): a signal before that end is a failure,
 * as not everything was sent, or printed.
 */
export function runToEnd(face: (clock: Clock, leaving: AbortController) => Promise<Report>): Promise<number> {
  return runFace(async (clock, leaving) => {
    const report = await face(clock, leaving);
    const isCutOff = leaving.signal.aborted && report.code === exitCodes.ok;
    return isCutOff ? { ...report, code: exitCodes.refused } : report;
  });
}

/** Nothing of a bug may reach the terminal as Node would print it: a stranger's text may be in its message. */
function endByBug(error: unknown): void {
  const isError = error instanceof Error;
  const frames = isError ? (error.stack ?? '').split('\n').filter((line) => /^ +at /.test(line)) : [];
  // After the other listeners of this event: the screen gives the terminal back in one of them.
  process.once('exit', () => {
    const problem = `this is a bug in earshot, please report it: ${isError ? error.message : String(error)}`;
    tell({ code: exitCodes.internal, problem });
    const screen = new PlainScreen(process.stdout, process.stderr, process.env);
    for (const frame of frames) screen.problem(frame);
  });
  process.exit(exitCodes.internal);
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
