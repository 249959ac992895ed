import { exitCodes } from '../exit-codes.ts';

/** What the user is told at the end, and what the program ends with; `problem` goes to standard error. */
export interface Report {
  readonly code: number;
  readonly notice?: string;
  readonly problem?: string;
}

/** The command line is wrong. */
export function usage(problem: string): Report {
  return { code: exitCodes.usage, problem };
}

/** The server refused, or was lost. */
export function refused(problem: string): Report {
  return { code: exitCodes.refused, problem };
}
