import { constants } from 'node:os';
import type { Logger } from 'pino';
import { exitCodes } from '../exit-codes.ts';
import { systemClock } from '../scheduling/clock.ts';
import { udpScheme } from '../transport/address.ts';
import { readConfig, type ServeOptions, type WebConfig } from './config.ts';
import { isOutdated } from './http/page-sources.ts';
import { hasSite } from './http/site.ts';
import { reachableHost } from './join-addresses.ts';
import { createLogger } from './logging/logger.ts';
import { type Server, startServer } from './server.ts';
import { tellReady } from './service-manager.ts';
import { StartError } from './start-error.ts';

/** `earshot serve`: runs a server until it is told to stop. Resolves with the exit code. */
export async function serve(options: ServeOptions): Promise<number> {
  // Only the owner may read the files that are created in the data folder.
  process.umask(0o077);
  const logger = createLogger(options.logLevel, process.stdout, systemClock, options.logFormat);
  try {
    const stopped = Promise.withResolvers<number>();
    const config = readConfig(options, process.env);
    let server: Server | undefined;
    const waiting = new WaitingLine(logger, () => server?.addresses ?? []);
    server = await startServer({
      config,
      // Behind the log line about the user.
      onUserGone: () => setImmediate(() => waiting.say()),
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
    stopOnSignals(server, logger, waiting, config.limits.shutdownMs, (exitCode) => stopped.resolve(exitCode));
    announce(server, logger, config.web);
    void tellReady(process.env, logger);
    return await stopped.promise;
  } catch (error) {
    if (!(error instanceof StartError)) throw error;
    process.stderr.write(`earshot: ${error.message}\n`);
    return error.exitCode;
  }
}

/**
 * After an uncaught exception or an unhandled rejection the state of the process is unknown: logs the cause, says
 * goodbye to every peer, and exits. Acknowledged messages are on the disk.
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

/** Reports the address and how to join: as text on a terminal, as log lines elsewhere. */
function announce(server: Server, logger: Logger, web: WebConfig | undefined): void {
  const { certificate, joinAddresses: addresses } = server;
  const [address = ''] = addresses;
  const isOverUdp = (each: string): boolean => each.startsWith(`${udpScheme}:`);
  const overUdp = addresses.filter(isOverUdp);
  const join = `${command()} join NAME ${address}`;
  const waiting = waitingLines(server.addresses);
  const page = web && webAddress(server);
  const isBuilt = web !== undefined && hasSite(web.folder);
  const isOld = web !== undefined && isOutdated(web.folder);
  if (!process.stdout.isTTY) {
    for (const line of waiting) logger.info(line);
    const shown = isBuilt ? { web: page } : {};
    logger.info({ address, addresses, join, ...shown, data: server.dataFolder }, 'listening');
    if (web !== undefined && !isBuilt) logger.warn(notBuilt);
    if (isOld) logger.warn(outdated);
    return;
  }
  process.stdout.write(
    [
      '',
      ...waiting,
      'earshot is listening.',
      ...(page === undefined ? [] : [`  Web:      ${isBuilt ? page : notBuilt}`]),
      ...(isOld ? [`            ${outdated}`] : []),
      `  Join:     ${join}`,
      `  Address:  ${addresses.filter((each) => !isOverUdp(each)).join(', ')}`,
      ...(overUdp.length === 0 ? [] : [`  UDP:      ${overUdp.join(', ')}`]),
      ...(certificate === undefined
        ? []
        : [
            '  Plain:    the same addresses with chat:// are not encrypted; passwords only from this machine',
          ]),
      `  Data:     ${server.dataFolder}`,
      '  Stop:     Ctrl-C',
      '',
      '',
    ].join('\n'),
  );
}

const notBuilt = 'the page for browsers is not built; npm run build:web builds it';
const outdated = 'the page for browsers is older than its sources; npm run build:web builds it anew';

/** The address to open in a browser. */
function webAddress({ host, port, certificate }: Server): string {
  const name = certificate?.host ?? reachableHost(host);
  // Browsers warn of a certificate that the server made for itself; on this machine nobody listens on the way.
  const scheme = certificate === undefined || certificate.host === undefined ? 'http' : 'https';
  return `${scheme}://${name.includes(':') ? `[${name}]` : name}:${port}/`;
}

/** The course IS496 recognizes a started server by these lines, and one whose client has left. */
function waitingLines(addresses: Server['addresses']): readonly string[] {
  const ports = new Set(addresses.map(({ port }) => port));
  return [...ports].map((port) => `[INFO] Waiting for connection on port ${port}...`);
}

const waitingLineMs = 1_000;

/** Says again that the server waits for connections, after a user has left: once a second at most. */
class WaitingLine {
  readonly #logger: Pick<Logger, 'info'>;
  readonly #addresses: () => Server['addresses'];
  #lastMs = Number.NEGATIVE_INFINITY;
  #isStopped = false;

  constructor(logger: Pick<Logger, 'info'>, addresses: () => Server['addresses']) {
    this.#logger = logger;
    this.#addresses = addresses;
  }

  say(): void {
    const nowMs = performance.now();
    if (this.#isStopped || nowMs - this.#lastMs < waitingLineMs) return;
    this.#lastMs = nowMs;
    for (const line of waitingLines(this.#addresses())) this.#logger.info(line);
  }

  /** The server accepts nobody any more. */
  stop(): void {
    this.#isStopped = true;
  }
}

/** The command that starts this program where the server was started. */
function command(): string {
  return process.env.npm_lifecycle_event === undefined && !import.meta.url.endsWith('.ts')
    ? 'earshot'
    : 'npx earshot';
}

/**
 * The terminal sends Ctrl-C to npm and to us, and npm passes it on: a second signal this soon after the first is the
 * same key press.
 */
const sameKeyPressMs = 300;

/** How long the disk may take after `shutdownMs`. */
const diskMs = 2_000;

/**
 * Kills the process if it still runs after `ms`, because the disk hangs. A thread that hangs in a sync blocks
 * `process.exit` as well. Acknowledged messages are on the disk, and the next start checks the rest.
 */
function endLate(logger: Logger, ms: number): void {
  const timer = setTimeout(() => {
    logger.fatal('the disk hangs; killing the process: acknowledged messages are safe');
    process.kill(process.pid, 'SIGKILL');
  }, ms);
  timer.unref();
}

function stopOnSignals(
  server: Server,
  logger: Logger,
  waiting: WaitingLine,
  shutdownMs: number,
  onStopped: (exitCode: number) => void,
): void {
  let firstMs: number | undefined;
  const onSignal = (signal: NodeJS.Signals): void => {
    if (firstMs === undefined) {
      firstMs = performance.now();
      logger.info({ signal }, 'stopping');
      waiting.stop();
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
      logger.warn({ signal }, 'second signal; ending at once');
      process.exit(128 + constants.signals[signal]);
    }
  };
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
  process.on('SIGHUP', (signal) => {
    // On a terminal it means that the terminal is closed; elsewhere, that the certificate was renewed.
    if (server.certificate === undefined || process.stdout.isTTY) onSignal(signal);
    else server.certificate.reload();
  });
}
