import { type DestinationStream, type Logger, pino, stdTimeFunctions } from 'pino';
import pretty from 'pino-pretty';

/**
 * What the server tells its operator: lines to read on a terminal, JSON lines anywhere else. Never a message's
 * text, never a password: names, addresses, counts and causes only.
 */
export function createLogger(level: string, output: NodeJS.WriteStream & { fd: number }): Logger {
  const destination = output.isTTY ? readable(output) : pino.destination({ fd: output.fd, sync: true });
  return pino({ level, base: null, timestamp: stdTimeFunctions.isoTime }, destination);
}

function readable(output: NodeJS.WriteStream & { fd: number }): DestinationStream {
  const noColor = process.env.NO_COLOR;
  return pretty({
    destination: output.fd,
    sync: true,
    colorize: noColor === undefined || noColor === '',
    translateTime: 'SYS:HH:MM:ss',
    singleLine: true,
  });
}
