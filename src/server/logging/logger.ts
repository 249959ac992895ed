import { type Logger, pino, stdTimeFunctions } from 'pino';
import type { Clock } from '../../scheduling/clock.ts';
import { type LineOutput, LineSink } from './line-sink.ts';
import { readableLine } from './readable-line.ts';
import { RepeatLimit } from './repeat-limit.ts';

/**
 * The server's log: readable lines on a terminal, JSON lines elsewhere, unless `format` says `pretty` or `json`. It
 * contains names, addresses, counts and causes, but no text of a message and no password. Of a first line that no
 * protocol takes it has a short beginning.
 *
 * Logging never blocks: a slow reader or a stopped terminal loses lines, and a line reports how many (`LineSink`).
 * Repeated lines are summed up (`RepeatLimit`), so that strangers cannot fill a disk.
 */
export function createLogger(level: string, output: LineOutput, clock: Clock, format?: string): Logger {
  const noColor = process.env.NO_COLOR;
  const hasColours = output.isTTY === true && (noColor === undefined || noColor === '');
  const isPretty = format === undefined ? output.isTTY === true : format === 'pretty';
  const columns = (): number | undefined => (output.isTTY === true && output.columns) || undefined;
  const shown = (line: string): string => (isPretty ? readableLine(line, hasColours, columns()) : line);
  const sink = new LineSink(output, clock, (lines) => {
    const time = new Date(clock.nowMs()).toISOString();
    return shown(
      `${JSON.stringify({ level: 40, time, lines, msg: 'log lines were dropped, as nobody read them' })}\n`,
    );
  });
  const destination = { write: (line: string) => sink.write(shown(line)) };
  const limit = new RepeatLimit(clock);
  return pino(
    {
      level,
      base: null,
      timestamp: stdTimeFunctions.isoTime,
      hooks: {
        logMethod(args, method, levelNumber) {
          const text = args.findLast((arg: unknown) => typeof arg === 'string');
          const isKept = limit.count(`${levelNumber} ${text}`, (more) => {
            method.apply(this, [{ more }, `${text} (more such lines in the last minute)`]);
          });
          if (isKept) method.apply(this, args);
        },
      },
    },
    destination,
  );
}
