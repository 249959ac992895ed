import { exitCodes } from '../exit-codes.ts';
import type { ChatAddress } from '../transport/address.ts';

/** The program's exit code and last words: `notice` on standard output, `problem` on standard error. */
export interface Report {
  readonly code: number;
  readonly notice?: string;
  readonly problem?: string;
}

/** The command line is wrong. */
export function usage(problem: string): Report {
  return { code: exitCodes.usage, problem };
}

/** The server refused, or the connection was lost. */
export function refused(problem: string): Report {
  return { code: exitCodes.refused, problem };
}

/** The server refused a password in plain text. `command` is what to run through an SSH tunnel, for a server without TLS. */
export function tlsRequired({ host, port }: ChatAddress, command: string): Report {
  return refused(
    'the server takes no password from another machine, because nothing is encrypted on the way: others may have ' +
      `read the one you typed. Use the server's address with chat+udp:// or chats://, if it has one; if not, a tunnel: ssh -L ${port}:127.0.0.1:${port} ${host}, and while that runs ${command}`,
  );
}
