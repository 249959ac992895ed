import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import type { Logger } from 'pino';
import { exitCodes } from '../exit-codes.ts';
import type { ChatAddress } from '../transport/address.ts';
import type { Connection, Listener } from '../transport/connection.ts';
import { ListenError, listen } from '../transport/listen.ts';
import type { TlsServer } from '../transport/tls-server.ts';
import type { ServerConfig } from './config.ts';
import { StartError } from './start-error.ts';

export interface ListenersOptions {
  readonly config: Pick<ServerConfig, 'listen' | 'keepsPort' | 'limits'>;
  readonly logger: Pick<Logger, 'warn'>;
  /** Where the port of the first address is remembered from one start to the next. */
  readonly portFile: string;
  readonly tls?: TlsServer | undefined;
}

/**
 * Listens on the addresses of the config, or throws a `StartError`. With `keepsPort`, the first address takes the port
 * of the last start; where that port is taken, the system chooses another one, and the next start tries it again.
 */
export async function openListeners(
  { config, logger, portFile, tls }: ListenersOptions,
  onConnection: (connection: Connection) => void,
): Promise<readonly Listener[]> {
  const { keepAliveMs } = config.limits;
  const listenOn = (addresses: readonly ChatAddress[]) =>
    listen(addresses, { keepAliveMs, tls }, onConnection);
  const [first, ...others] = config.listen;
  const kept = config.keepsPort ? readPort(portFile) : undefined;
  const isForAnother = others.some(({ port }) => port === kept);
  try {
    if (first !== undefined && kept !== undefined && !isForAnother) {
      const again = { ...first, port: kept };
      try {
        return await listenOn([again, ...others]);
      } catch (error) {
        if (!(error instanceof ListenError) || error.address !== again || !isPortRefused(error)) throw error;
        logger.warn({ port: kept }, keptPortRefused);
        return await listenOn(config.listen);
      }
    }
    const listeners = await listenOn(config.listen);
    if (listeners[0] !== undefined) writePort(portFile, listeners[0].port);
    return listeners;
  } catch (error) {
    if (!(error instanceof ListenError)) throw error;
    throw new StartError(
      exitCodes.unavailable,
      `cannot listen on ${error.address.host} port ${error.address.port}: ${listenFailure(error)}`,
    );
  }
}

const keptPortRefused =
  'the port of the last start cannot be had now, so the system chose another; the next start tries it again';

function readPort(file: string): number | undefined {
  try {
    const kept: unknown = JSON.parse(readFileSync(file, 'utf8'));
    const port = typeof kept === 'object' && kept !== null && 'port' in kept ? Number(kept.port) : 0;
    return Number.isInteger(port) && port > 0 && port <= 65_535 ? port : undefined;
  } catch {
    return undefined;
  }
}

/** Best effort: without the file, the next start lets the system choose. */
function writePort(file: string, port: number): void {
  try {
    writeFileSync(`${file}.new`, `${JSON.stringify({ port })}\n`, { mode: 0o600 });
    renameSync(`${file}.new`, file);
  } catch {
    // The disk may be full.
  }
}

function isPortRefused(error: ListenError): boolean {
  const code = codeOf(error);
  return code === 'EADDRINUSE' || code === 'EACCES';
}

function listenFailure(error: ListenError): string {
  const code = codeOf(error);
  switch (code) {
    case 'EADDRINUSE':
      return 'the port is taken; choose another, or 0 to let the system choose';
    case 'EACCES':
      return 'this user may not use that port; choose one above 1023';
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return 'this machine has no such address';
    default:
      return code;
  }
}

function codeOf({ cause, message }: ListenError): string {
  return cause instanceof Error && 'code' in cause ? String(cause.code) : message;
}
