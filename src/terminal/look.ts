import { coloursFor } from './colours.ts';
import type { Look } from './screen.ts';

/** `process.stdout` or `process.stderr`, or an object like them. */
export interface Output {
  readonly isTTY?: boolean;
  /** The width of a terminal; changes with it. */
  readonly columns?: number;
  write(text: string): unknown;
}

/**
 * Returns how to show lines on `output` now. On a terminal they are wrapped by us: one that wraps them itself would put
 * the end of a stranger's text into the first column. `TERM=dumb` names terminals that have no columns.
 */
export function lookOf(output: Output, environment: NodeJS.ProcessEnv): Look {
  const hasColumns = output.isTTY === true && environment.TERM !== 'dumb';
  return {
    colours: coloursFor(output, environment),
    columns: hasColumns ? output.columns || undefined : undefined,
  };
}
