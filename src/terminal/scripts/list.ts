import { ConnectError } from '../../client/errors.ts';
import { online } from '../../client-node/connect.ts';
import { exitCodes } from '../../exit-codes.ts';
import { trustedAddress } from '../dial.ts';
import { type Report, refused } from '../report.ts';
import { runToEnd } from '../run-face.ts';
import type { UdpOptions } from '../udp-lens.ts';
import { isBrokenPipe, LineOutput } from './line-output.ts';

export interface ListOptions extends UdpOptions {
  readonly address: string;
  readonly json?: boolean;
}

/** `earshot list`: prints who is online, one name a line. Resolves with the exit code; never rejects. */
export function list(options: ListOptions): Promise<number> {
  return runToEnd(async (clock, leaving): Promise<Report> => {
    const address = await trustedAddress(options, clock, leaving.signal, false);
    if ('code' in address) return address;
    try {
      const names = await online(address, { clock, signal: leaving.signal });
      const lines = options.json === true ? [JSON.stringify(names)] : names;
      if (lines.length > 0) await new LineOutput(process.stdout).write(lines.join('\n'));
      return { code: exitCodes.ok };
    } catch (error) {
      if (isBrokenPipe(error)) return { code: exitCodes.nobodyReads };
      if (leaving.signal.aborted) return { code: exitCodes.refused };
      if (!(error instanceof ConnectError)) throw error;
      return error.reason === 'unreachable'
        ? { code: exitCodes.unavailable, problem: error.message }
        : refused(error.message);
    }
  });
}
