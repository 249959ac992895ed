import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import type { Logger } from 'pino';
import { exitCodes } from '../exit-codes.ts';
import type { Limits } from '../protocol/limits.ts';
import { type ChatAddress, udpScheme } from '../transport/address.ts';
import { isLoopbackAddress } from '../transport/address-group.ts';
import type { Listener } from '../transport/connection.ts';
import { ListenError, listen, type OnConnection } from '../transport/listen.ts';
import type { TlsServer } from '../transport/tls-server.ts';
import { defaultSettings } from '../transport/udp/settings.ts';
import type { ServerConfig } from './config.ts';
import { connectionsFrom } from './connection/connection-limiter.ts';
import { StartError } from './start-error.ts';
import type { ServerKey } from './udp/server-key.ts';

export interface ListenersOptions {
  readonly config: Pick<ServerConfig, 'listen' | 'udp' | 'keepsPort' | 'limits'>;
  readonly logger: Pick<Logger, 'warn'>;
  /** Where the port of the first address is remembered from one start to the next. */
  readonly portFile: string;
  readonly tls?: TlsServer | undefined;
  readonly udpKey?: ServerKey | undefined;
}

type ListenOn = (addresses: readonly ChatAddress[]) => Promise<readonly Listener[]>;

/**
 * Listens on the addresses of the config, or throws a `StartError`; resolves with those over TCP first. With `udp`, each
 * address over TCP is also one over UDP. With `keepsPort`, the first address takes the port of the last start; where that
 * port is taken, the system chooses another one, and the next start tries it again.
 */
export async function openListeners(
  { config, logger, portFile, tls, udpKey }: ListenersOptions,
  onConnection: OnConnection,
): Promise<readonly Listener[]> {
  const { limits } = config;
  const udp = udpKey && {
    secret: udpKey.secret,
    mostFrom: (host: string) => associationsFrom(host, limits),
    settings: { maxAssociations: Math.max(defaultSettings.maxAssociations, limits.connections) },
  };
  const listenOn: ListenOn = (addresses) =>
    listen(addresses, { keepAliveMs: limits.keepAliveMs, tls, udp }, onConnection);
  const listenOnBoth: ListenOn = (addresses) => listenOnTwins(addresses, listenOn, config.udp);
  const [first, ...others] = config.listen;
  const kept = config.keepsPort ? readPort(portFile) : undefined;
  const isForAnother = others.some(({ port }) => port === kept);
  try {
    if (first !== undefined && kept !== undefined && !isForAnother) {
      try {
        return await listenOnBoth([{ ...first, port: kept }, ...others]);
      } catch (error) {
        if (!(error instanceof ListenError) || error.address.port !== kept || !isPortRefused(error))
          throw error;
        logger.warn({ port: kept }, keptPortRefused);
        return await listenOnBoth(config.listen);
      }
    }
    const listeners = await listenOnBoth(config.listen);
    if (listeners[0] !== undefined) writePort(portFile, listeners[0].port);
    return listeners;
  } catch (error) {
    if (!(error instanceof ListenError)) throw error;
    const { scheme, host, port } = error.address;
    const isUdp = scheme === udpScheme;
    throw new StartError(
      exitCodes.unavailable,
      `cannot listen on ${host} port ${port}${isUdp ? ' over UDP' : ''}: ${listenFailure(error)}` +
        (isUdp ? '; --no-udp starts without UDP' : ''),
    );
  }
}

/** How often another port is tried where the system chose one that is free over TCP and taken over UDP. */
const twinTries = 16;

/** With `hasTwins`, each TCP address has a twin, unless the addresses have it already. */
async function listenOnTwins(
  addresses: readonly ChatAddress[],
  listenOn: ListenOn,
  hasTwins: boolean,
): Promise<readonly Listener[]> {
  const isUdp = ({ scheme }: ChatAddress): boolean => scheme === udpScheme;
  const named = addresses.filter(isUdp);
  for (let tries = 1; ; tries++) {
    const overTcp = await listenOn(addresses.filter((address) => !isUdp(address)));
    const twins = overTcp
      .map(({ host, port }) => ({ scheme: udpScheme, host, port }))
      .filter(
        (twin) => hasTwins && !named.some(({ host, port }) => host === twin.host && port === twin.port),
      );
    try {
      return [...overTcp, ...(await listenOn([...twins, ...named]))];
    } catch (error) {
      await Promise.all(overTcp.map((listener) => listener.closeAll()));
      const refused = error instanceof ListenError && isPortRefused(error) ? error.address.port : undefined;
      const isFixed = refused === undefined || addresses.some(({ port }) => port === refused);
      if (isFixed || tries === twinTries) throw error;
    }
  }
}

/**
 * How many associations an address may have: a few more than connections, so that the connection that is too many is
 * refused, and its client hears of it, before HELLOs go unanswered.
 */
function associationsFrom(host: string, limits: Limits): number {
  return connectionsFrom({ isLoopback: isLoopbackAddress(host) }, limits) + moreAssociations;
}

const moreAssociations = 16;

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
