import type { Answer } from './route.ts';

/** What `GET /health` looks at. */
export interface HealthServices {
  readonly disk: { readonly isLow: boolean };
  readonly sessions: { readonly isClosing: boolean };
  /** How long the current commit has taken so far. */
  readonly log: { readonly waitingMs: number };
}

/** A commit takes milliseconds; beyond this, messages wait for the disk. */
const maxCommitMs = 5_000;

/** `GET /health`: 200 when messages are accepted and stored, otherwise 503 and why not. */
export function healthAnswer({ disk, sessions, log }: HealthServices): Answer {
  const problem = problemOf(disk.isLow, sessions.isClosing, log.waitingMs);
  return problem === undefined
    ? { status: 200, text: 'ready' }
    : { status: 503, text: `not ready: ${problem}`, headers: { 'Retry-After': '5' } };
}

function problemOf(isDiskLow: boolean, isClosing: boolean, waitingMs: number): string | undefined {
  if (isClosing) return 'the server is stopping';
  if (isDiskLow) return 'the disk is nearly full, so messages are refused';
  if (waitingMs > maxCommitMs)
    return `the log lags: the disk has been writing messages for ${Math.round(waitingMs / 1_000)} s`;
  return undefined;
}
