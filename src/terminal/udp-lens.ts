import { openSync, writeSync } from 'node:fs';
import { systemProblem } from '../client/system-error.ts';
import { udpLens } from '../client-node/dial.ts';
import { quoteShort } from '../protocol/text.ts';
import { type ChatAddress, udpScheme } from '../transport/address.ts';
import { traceLines } from '../transport/udp/trace/format.ts';
import { PlainScreen } from './plain-screen.ts';
import { type Report, usage } from './report.ts';
import { isInteractive } from './run-face.ts';

/** What the options of every client say of UDP. */
export interface UdpOptions {
  /** The percentage of datagrams to throw away in each direction, from 0 to 99. */
  readonly drop?: number;
  /** The file for the trace; `-` is standard error. */
  readonly trace?: string;
}

/**
 * Lets this process drop datagrams and trace them as the options say. Returns a report for the user when that cannot be.
 * `hasPrompt`: what is printed at a terminal would run into the prompt.
 */
export function lookAtUdp(
  { drop, trace }: UdpOptions,
  { scheme }: ChatAddress,
  hasPrompt: boolean,
): Report | undefined {
  if (drop === undefined && trace === undefined) return undefined;
  if (scheme !== udpScheme) {
    const option = drop === undefined ? '--trace' : '--drop';
    return usage(`${option} is for UDP only: it needs the chat+udp:// address that the server prints`);
  }
  udpLens.dropShare = (drop ?? 0) / 100;
  if (trace === undefined) return undefined;
  if (trace !== '-') return traceTo(trace);
  if (hasPrompt && isInteractive() && process.stderr.isTTY) {
    return usage(
      '--trace - would write between the lines of the chat; name a file, as in --trace trace.txt, and watch it from ' +
        'another terminal: tail -f trace.txt',
    );
  }
  const screen = new PlainScreen(process.stderr, process.stderr, process.env);
  udpLens.trace = traceLines((line) => screen.show(line));
  return undefined;
}

/** Each line is written at once: whoever watches the file sees it, and a killed process loses none. */
function traceTo(path: string): Report | undefined {
  let file: number;
  try {
    file = openSync(path, 'w', 0o600);
  } catch (error) {
    return usage(`cannot write the trace to ${quoteShort(path)}: ${systemProblem(error)}`);
  }
  let isWritable = true;
  udpLens.trace = traceLines((line) => {
    if (!isWritable) return;
    try {
      writeSync(file, `${line}\n`);
    } catch {
      // The disk is full, or nobody reads the pipe: the chat goes on without its trace.
      isWritable = false;
    }
  });
  return undefined;
}
