import { exitCodes } from '../exit-codes.ts';
import type { ChatAddress } from '../transport/address.ts';

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

/** A password would travel in plain text; `command` is what to run while there is a tunnel to the server. */
export function tlsRequired({ host, port }: ChatAddress, command: string): Report {
  return refused(
    'the server takes no password from another machine, because nothing is encrypted on the way: others may have ' +
      `read the one you typed. Use a tunnel: ssh -L ${port}:127.0.0.1:${port} ${host}, and while that runs ${command}`,
  );
}
