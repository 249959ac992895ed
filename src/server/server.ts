import type { Logger } from 'pino';
import { exitCodes } from '../exit-codes.ts';
import type { Limits } from '../protocol/limits.ts';
import type { Clock } from '../scheduling/clock.ts';
import { FairTurns } from '../scheduling/fair-turns.ts';
import type { ChatAddress } from '../transport/address.ts';
import { ByteBudget } from '../transport/byte-budget.ts';
import type { Listener } from '../transport/connection.ts';
import { udpCountsOf } from '../transport/listen.ts';
import { Audiences } from './chat/audiences.ts';
import { Files } from './chat/files.ts';
import { History } from './chat/history.ts';
import { Logins } from './chat/logins.ts';
import { Messages } from './chat/messages.ts';
import { OwnAccount } from './chat/own-account.ts';
import type { ServerConfig } from './config.ts';
import { requestsByAddress } from './connection/address-requests.ts';
import { ConnectionLimiter } from './connection/connection-limiter.ts';
import { Peers } from './connection/peer.ts';
import { PostQueue } from './connection/post-queue.ts';
import { Sessions } from './connection/sessions.ts';
import { TurnQueue } from './connection/turn-queue.ts';
import { LogCounts } from './counts/log-counts.ts';
import { openDataFolder } from './data-folder.ts';
import { DiskWatch } from './disk-watch.ts';
import { Expiry, removeOldAttachments, removeOldMessages } from './expiry.ts';
import { UploadQuota } from './files/quota.ts';
import { accountScope, UploadStore } from './files/upload-store.ts';
import { UploadsUnderWay } from './files/uploads-under-way.ts';
import { GuestFile } from './guest-file.ts';
import { HighWaterMark, readMark } from './high-water-mark.ts';
import { httpRoad } from './http/http-road.ts';
import type { Route } from './http/route.ts';
import { siteRoutes } from './http/site.ts';
import { readToken } from './http/token-file.ts';
import { WebNames } from './http/web-names.ts';
import { Hub } from './hub/hub.ts';
import { joinAddresses } from './join-addresses.ts';
import { openListeners } from './listeners.ts';
import { Fence } from './logging/fence.ts';
import { connectionsWithFiles } from './open-files.ts';
import { openOperators } from './operators/socket-server.ts';
import { openOutsideView } from './outside-view.ts';
import { StartError } from './start-error.ts';
import {
  assertAccountsThere,
  openAccounts,
  openAdmission,
  openCertificate,
  openFileStore,
  openLog,
  openUdpKey,
} from './storage.ts';
import type { ServerCertificate } from './tls/server-certificate.ts';
import { TrustedTime } from './trusted-time.ts';
import { CreationThrottle } from './users/creation-throttle.ts';
import { GuestTokens } from './users/guest-tokens.ts';
import { LocalRegistry } from './users/local-registry.ts';
import { UserRates } from './users/user-rates.ts';
import { Users } from './users/users.ts';
import { chat10Encoders } from './wires/chat10/encoders.ts';
import { protocols } from './wires/protocols.ts';

export interface ServerOptions {
  readonly config: ServerConfig;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Called when the storage fails: from then on nothing is acknowledged, and the process must end. */
  readonly onStorageFailure: (error: Error) => void;
  /** Called when a user has left, and nobody of that name is logged in any more. */
  readonly onUserGone?: () => void;
}

/** A running server. */
export interface Server {
  /** The addresses it listens on, those over TCP first, with the ports that the system chose. */
  readonly addresses: readonly ChatAddress[];
  /** The same as people give them to `earshot join`. */
  readonly joinAddresses: readonly string[];
  /** Host and port of the first address, which is over TCP. */
  readonly host: string;
  readonly port: number;
  readonly dataFolder: string;
  /** Of TLS; undefined without. */
  readonly certificate: ServerCertificate | undefined;
  /** Sends every peer its farewell and ends its connection, without waiting for anything. */
  abandon(): void;
  /**
   * Shuts down gracefully: accepts no more connections, lets current requests finish, says goodbye to every peer,
   * releases the data folder. Takes `shutdownMs` and a little more at most. Idempotent.
   */
  close(): Promise<void>;
}

/** How long the log may wait for a slow disk when the server ends. */
const logCloseMs = 1_000;

/** Opens everything in order, or throws a `StartError` and leaves nothing open. */
export async function startServer(options: ServerOptions): Promise<Server> {
  const { config, clock, logger } = options;
  const folder = openDataFolder(config.dataFolder);
  const opened: (() => Promise<void>)[] = [async () => folder.release()];
  try {
    const fileStore = await openFileStore(folder);
    let abandonSessions = (): void => {};
    const onStorageFailure = (error: Error): void => {
      abandonSessions();
      options.onStorageFailure(error);
    };
    const hub = new Hub({ logger, onStorageFailure, clock });
    const isMetricsToken = config.metricsTokenFile ? readToken(config.metricsTokenFile) : () => false;
    const logCounts = new LogCounts();
    const mark = readMark(folder.markFile);
    const log = await openLog(folder, hub, mark, logger, logCounts);
    // All connections are closed by then, and clients repeat what was not acknowledged.
    opened.push(() => log.close(logCloseMs));
    if (mark !== undefined && mark.head > log.head) logger.warn({ had: mark.head, has: log.head }, behind);
    // Before the mark is written anew, or the next start would know of no messages.
    assertAccountsThere(folder, Math.max(log.head, mark?.head ?? 0), config.acceptLoss);
    const time = new TrustedTime(clock, logger, mark?.timeMs);
    const marker = new HighWaterMark(folder.markFile, clock, time);
    marker.follow(log);
    opened.push(async () => marker.stop(log));
    hub.open(log);
    const accounts = await openAccounts(folder, log, { ...options, onStorageFailure });
    opened.push(() => accounts.close());
    const { retainDays, limits } = config;
    const expire = (keepDays: number, remove: (beforeMs: number) => Promise<void>): Expiry =>
      new Expiry({ clock, time, keepDays, remove });
    if (retainDays !== undefined) {
      const expiry = expire(retainDays, removeOldMessages(log, logger));
      // A prune that is under way ends when the log closes.
      opened.push(async () => void expiry.stop());
    }
    // No file outlives the message that announces it.
    const keepDays = Math.min(limits.attachmentKeepDays, retainDays ?? Number.POSITIVE_INFINITY);
    const files = expire(keepDays, removeOldAttachments(fileStore, logger));
    opened.push(() => files.stop());
    const tokens = expire(limits.tokenIdleDays, (beforeMs) => accounts.removeIdleTokens(beforeMs));
    opened.push(() => tokens.stop());
    const disk = new DiskWatch(clock, limits.messageReserveBytes, () => fileStore.freeBytes());
    await disk.start();
    opened.push(async () => disk.stop());
    const quota = new UploadQuota({ log, fileStore, limits: config.limits, clock, logger });
    const uploadStore = new UploadStore({ log, fileStore, quota, limits, clock, logger });
    opened.push(() => uploadStore.close());
    const registry = new LocalRegistry(accounts);
    const { defaultFollow, insecurePasswords, messageRate } = config;
    const guestFile = new GuestFile(folder.guestsFile, logger);
    const users = new Users({
      ...{ hub, registry, accounts, defaultFollow, limits, clock },
      userRates: new UserRates(clock, limits, messageRate),
      onGuestGone: (guest) => void uploadStore.giveUpAll(guest),
      onUserGone: options.onUserGone,
      guestTokens: new GuestTokens(guestFile.key),
    });
    await users.restore(guestFile.guests(log.epoch));
    opened.push(async () => guestFile.keep(log.epoch, users.keptGuests()));
    const admission = openAdmission(folder, clock);
    opened.push(() => admission.close());
    const creations = new CreationThrottle(clock, limits);
    const messages = new Messages(registry);
    const logins = new Logins({ users, accounts, registry, creations, admission, insecurePasswords });
    const chat = {
      ...{ logins, messages },
      ownAccount: new OwnAccount(logins, accounts),
      history: new History(log),
      audiences: new Audiences(hub, registry, clock),
      files: new Files(log, fileStore, messages, limits.followTerms),
      registry,
    };
    const services = {
      ...{ hub, log, fileStore, users, limits, clock, logger, admission },
      posts: new PostQueue(clock, limits, messageRate > 0, disk, hub),
      turns: new TurnQueue(),
      lifecycle: new FairTurns(clock),
      requests: requestsByAddress(clock, limits),
      connectionLimiter: new ConnectionLimiter(limits, connectionsFor(limits, logger)),
      inputs: new ByteBudget(limits.allInputsBytes),
      outboxBudget: new ByteBudget(limits.allOutboxesBytes),
      fence: new Fence(logger),
    };
    const uploads = new UploadsUnderWay();
    const peers = new Peers(services);
    const certificate = openCertificate(config, folder, services);
    opened.push(async () => certificate?.stop());
    const udpKey = openUdpKey(config, folder);
    const webNames = config.web && new WebNames(config.web.origins, () => certificate?.host);
    // Some are added below: they look at the sessions.
    const routes = new Map<string, Route>(
      config.web && webNames ? siteRoutes(config.web.folder, webNames) : [],
    );
    const encoders = chat10Encoders(config.chat10Charset);
    const wires = protocols(
      { chat, uploads, uploadStore, quota, fileStore, peers, encoders },
      httpRoad({ peers, routes, web: webNames }),
    );
    const sessions = new Sessions({ ...services, uploads, protocols: wires });
    let listeners: readonly Listener[] = [];
    const udp = {
      get counts() {
        return udpCountsOf(listeners);
      },
    };
    const seen = { ...services, chat, uploads, disk, logCounts, sessions, isMetricsToken, udp };
    const outsideView = openOutsideView(seen);
    opened.push(async () => outsideView.stop());
    for (const [path, route] of outsideView.routes) routes.set(path, route);
    abandonSessions = () => sessions.abandon();
    listeners = await openListeners(
      { config, logger, portFile: folder.portFile, tls: certificate?.tls, udpKey },
      (connection, scheme) => sessions.begin(connection, scheme),
    );
    opened.push(async () => void (await Promise.all(listeners.map((listener) => listener.closeAll()))));
    opened.push(() => sessions.close());
    opened.push(async () => users.stop());
    for (const listener of listeners) opened.push(() => listener.close());
    const [first] = listeners;
    if (first === undefined) throw new StartError(exitCodes.usage, 'there is no address to listen on');
    const addresses = joinAddresses(listeners, certificate, udpKey);
    const operated = {
      ...{ config, clock, sessions, registry, users, admission, accounts, log, fileStore, folder },
      joinAddresses: addresses,
      giveUpUploads: (name: string) => uploadStore.giveUpAll({ name, scope: accountScope }),
    };
    const operators = await openOperators(operated, logger);
    opened.push(() => operators.close());
    folder.noteAddress(addresses.join(', '));
    return {
      addresses: listeners,
      joinAddresses: addresses,
      host: first.host,
      port: first.port,
      dataFolder: folder.path,
      certificate,
      abandon: abandonSessions,
      close: closeOnce(opened),
    };
  } catch (error) {
    await closeOnce(opened)();
    throw error;
  }
}

/**
 * Returns a function that closes everything in reverse order of opening, once, however often it is called. A failure
 * does not keep the rest open; rejects with the first one.
 */
function closeOnce(opened: readonly (() => Promise<void>)[]): () => Promise<void> {
  let closing: Promise<void> | undefined;
  return () => {
    closing ??= (async () => {
      const failures: unknown[] = [];
      for (const close of opened.toReversed()) await close().catch((error: unknown) => failures.push(error));
      if (failures.length > 0) throw failures[0];
    })();
    return closing;
  };
}

/** Returns how many connections the system has descriptors for; warns when the limits allow more. */
function connectionsFor({ connections }: Limits, logger: Logger): number {
  const most = connectionsWithFiles();
  if (most < connections) logger.warn({ most, connections }, tooFewFiles);
  return most;
}

const tooFewFiles =
  'the limit of open files is too low for the allowed number of connections; raise it (ulimit -n, LimitNOFILE)';

const behind =
  'the log has lost messages that were acknowledged, or an older copy replaced it; ' +
  'it continues under a new epoch, and clients are notified';
