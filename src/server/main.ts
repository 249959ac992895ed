import { constants, networkInterfaces } from 'node:os';
import type { Logger } from 'pino';
import { exitCodes } from '../exit-codes.ts';
import { systemClock } from '../scheduling/clock.ts';
import { formatChatAddress } from '../transport/address.ts';
import { readConfig, type ServeOptions } from './config.ts';
import { createLogger } from './logging/logger.ts';
import { type Server, startServer } from './server.ts';
import { StartError } from './start-error.ts';

/** `earshot serve`: runs a server until it is told to stop. Resolves with the exit code. */
export async function serve(options: ServeOptions): Promise<number> {
  // Whatever is made in the data folder is for its owner alone.
  process.umask(0o077);
  const logger = createLogger(options.logLevel, process.stdout, systemClock);
  try {
    const stopped = Promise.withResolvers<number>();
    const config = readConfig(options, process.env);
    const server = await startServer({
      config,
      clock: systemClock,
      logger,
      onStorageFailure(error) {
        logger.fatal(
          { err: error },
          'the storage failed; nothing more can be acknowledged, so the server ends',
        );
        process.exit(exitCodes.storage);
      },
    });
    endOnBugs(server, logger);
    announce(server, logger);
    stopOnSignals(server, logger, config.limits.shutdownMs, (exitCode) => stopped.resolve(exitCode));
    return await stopped.promise;
  } catch (error) {
    if (!(error instanceof StartError)) throw error;
    process.stderr.write(`earshot: ${error.message}\n`);
    return error.exitCode;
  }
}

/**
 * After an error that nothing caught (a rejection that nothing handled among them) the state of the process is unknown:
 * logs the cause, says goodbye to everybody, and ends the process. What was acknowledged is on the disk.
 */
export function endOnBugs(server: Pick<Server, 'abandon'>, logger: Pick<Logger, 'fatal'>): void {
  let isEnding = false;
  const end = (error: unknown): void => {
    if (isEnding) return;
    isEnding = true;
    logger.fatal({ err: error }, 'the server met a bug and ends; please report it');
    try {
      server.abandon();
    } finally {
      // What was written to sockets goes out in this turn of the event loop.
      setImmediate(() => process.exit(exitCodes.internal));
    }
  };
  process.on('uncaughtException', end);
}

/** Says where the server is and how to join it: in words on a terminal, as a log line anywhere else. */
function announce(server: Server, logger: Logger): void {
  const addresses = server.addresses.map((each) =>
    formatChatAddress({ ...each, host: reachableHost(each.host) }),
  );
  const [address = ''] = addresses;
  const join = `${command()} join NAME ${address}`;
  // The words by which the course IS496 knows that its server has started.
  const waiting = server.addresses.map(({ port }) => `[INFO] Waiting for connection on port ${port}...`);
  if (!process.stdout.isTTY) {
    for (const line of waiting) logger.info(line);
    logger.info({ address, addresses, join, data: server.dataFolder }, 'listening');
    return;
  }
  process.stdout.write(
    [
      '',
      ...waiting,
      'earshot is listening.',
      `  Join:     ${join}`,
      `  Address:  ${addresses.join(', ')}`,
      `  Data:     ${server.dataFolder}`,
      '  Stop:     Ctrl-C',
      '',
      '',
    ].join('\n'),
  );
}

/** What starts this program where the server was started. */
function command(): string {
  return process.env.npm_lifecycle_event === undefined && !import.meta.url.endsWith('.ts')
    ? 'earshot'
    : 'npx earshot';
}

/** An address that others can use in place of "all addresses". */
function reachableHost(host: string): string {
  if (host !== '0.0.0.0' && host !== '::') return host;
  const addresses = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
  return addresses.find((address) => !address.internal && address.family === 'IPv4')?.address ?? '127.0.0.1';
}

/**
 * npm passes a Ctrl-C on that the terminal has already sent to everybody: a second signal this soon after the first
 * is the same key press.
 */
const sameKeyPressMs = 300;

/** Beyond `shutdownMs`, how long the disk may take. */
const diskMs = 2_000;

/**
 * Ends the process when the disk does not let it end. A thread that hangs in a sync holds up `process.exit` as well, so the
 * process kills itself: what was acknowledged is on the disk, and the next start looks at the rest.
 */
function endLate(logger: Logger, ms: number): void {
  const timer = setTimeout(() => {
    logger.fatal('the disk does not finish what was begun; ending at once: what was acknowledged is safe');
    process.kill(process.pid, 'SIGKILL');
  }, ms);
  timer.unref();
}

function stopOnSignals(
  server: Server,
  logger: Logger,
  shutdownMs: number,
  onStopped: (exitCode: number) => void,
): void {
  let firstMs: number | undefined;
  const onSignal = (signal: NodeJS.Signals): void => {
    if (firstMs === undefined) {
      firstMs = performance.now();
      logger.info({ signal }, 'stopping');
      endLate(logger, shutdownMs + diskMs);
      server.close().then(
        () => {
          logger.info('stopped');
          onStopped(exitCodes.ok);
        },
        (error: unknown) => {
          logger.fatal({ err: error }, 'stopping failed');
          onStopped(exitCodes.internal);
        },
      );
    } else if (performance.now() - firstMs > sameKeyPressMs) {
      logger.warn({ signal }, 'told to stop again; ending at once');
      process.exit(128 + constants.signals[signal]);
    }
  };
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
  // The terminal it was started from is closed.
  process.on('SIGHUP', onSignal);
}
