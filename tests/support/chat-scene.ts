import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { pino } from 'pino';
import type { Limits } from '../../src/protocol/limits.ts';
import { FairTurns } from '../../src/scheduling/fair-turns.ts';
import type { Accounts } from '../../src/server/accounts/accounts.ts';
import { openSqliteAccounts } from '../../src/server/accounts/sqlite-accounts.ts';
import { Admission } from '../../src/server/admission/admission.ts';
import { type LoggedIn, type LoginOutcome, Logins } from '../../src/server/chat/logins.ts';
import { Messages } from '../../src/server/chat/messages.ts';
import { requestsByAddress } from '../../src/server/connection/address-requests.ts';
import { ConnectionLimiter } from '../../src/server/connection/connection-limiter.ts';
import { Device } from '../../src/server/connection/device.ts';
import { Peer } from '../../src/server/connection/peer.ts';
import { PostQueue } from '../../src/server/connection/post-queue.ts';
import type { ConnectionServices } from '../../src/server/connection/services.ts';
import { Session } from '../../src/server/connection/session.ts';
import { TurnQueue } from '../../src/server/connection/turn-queue.ts';
import { LocalFileStore } from '../../src/server/files/local-file-store.ts';
import { Hub } from '../../src/server/hub/hub.ts';
import { sameForAll } from '../../src/server/hub/user.ts';
import { Fence } from '../../src/server/logging/fence.ts';
import { CreationThrottle } from '../../src/server/users/creation-throttle.ts';
import { LocalRegistry } from '../../src/server/users/local-registry.ts';
import { UserRates } from '../../src/server/users/user-rates.ts';
import { Users } from '../../src/server/users/users.ts';
import { ByteBudget } from '../../src/transport/byte-budget.ts';
import { type AccountsAdmin, sqliteAdmin } from './accounts-admin.ts';
import { cheapLimits, WatchedDerive } from './accounts-factory.ts';
import { FakeClock } from './fake-clock.ts';
import { GatedAccounts } from './gated-accounts.ts';
import { MemoryLog } from './memory-log.ts';
import { SlowConnection } from './slow-connection.ts';
import { temporaryFolder } from './temporary-folder.ts';

export interface ChatSceneOptions {
  readonly limits?: Partial<Limits>;
  readonly insecurePasswords?: boolean;
}

const unlimited = (): ByteBudget => new ByteBudget(Number.POSITIVE_INFINITY);
const encoder = sameForAll(({ position }) => ({ bytes: new Uint8Array(), position }));

/** What a server opens for its chat, without wires: real accounts, and a log in memory. */
export class ChatScene {
  readonly clock: FakeClock;
  readonly watched: WatchedDerive;
  readonly admin: AccountsAdmin;
  readonly gate: GatedAccounts;
  readonly registry: LocalRegistry;
  readonly logins: Logins;
  readonly messages: Messages;
  readonly services: ConnectionServices;
  readonly admission: Admission;

  private constructor(
    { clock, watched, admin }: Pick<ChatScene, 'clock' | 'watched' | 'admin'>,
    stored: Accounts,
    fileStore: LocalFileStore,
    limits: Limits,
    insecurePasswords: boolean,
    admission: Admission,
  ) {
    this.admission = admission;
    this.clock = clock;
    this.watched = watched;
    this.admin = admin;
    this.gate = new GatedAccounts(stored);
    const { accounts } = this.gate;
    const logger = pino({ enabled: false });
    const onStorageFailure = (error: Error): void => {
      throw error;
    };
    const hub = new Hub({ logger, onStorageFailure, clock });
    const log = new MemoryLog(hub);
    hub.open(log);
    const registry = new LocalRegistry(accounts);
    const users = new Users({
      ...{ hub, registry, accounts, limits, clock },
      userRates: new UserRates(clock, limits, 10),
      defaultFollow: [],
      onGuestGone() {},
    });
    this.registry = registry;
    const creations = new CreationThrottle(clock, limits);
    this.logins = new Logins({ users, accounts, registry, creations, admission, insecurePasswords });
    this.messages = new Messages(registry);
    this.services = {
      ...{ hub, log, fileStore, users, limits, clock, logger, admission },
      posts: new PostQueue(clock, limits, false, { isLow: false }, hub),
      turns: new TurnQueue(),
      lifecycle: new FairTurns(clock),
      requests: requestsByAddress(clock, limits),
      connectionLimiter: new ConnectionLimiter(limits),
      inputs: unlimited(),
      outboxBudget: unlimited(),
      fence: new Fence(logger),
    };
  }

  static async open(context: TestContext, options: ChatSceneOptions = {}): Promise<ChatScene> {
    const folder = await temporaryFolder(context);
    const file = join(folder, 'accounts.db');
    const limits = { ...cheapLimits, ...options.limits };
    const own = { clock: new FakeClock(), watched: new WatchedDerive(), admin: sqliteAdmin(file) };
    const onFailure = (error: Error): void => {
      throw error;
    };
    const { clock, watched } = own;
    const { derive } = watched;
    const accounts = await openSqliteAccounts({
      file,
      epoch: 'e',
      head: 0,
      limits,
      clock,
      derive,
      onFailure,
    });
    context.after(() => accounts.close());
    const fileStore = await LocalFileStore.open(join(folder, 'files'));
    const admission = Admission.open(join(folder, 'admission.json'), clock);
    return new ChatScene(own, accounts, fileStore, limits, options.insecurePasswords ?? false, admission);
  }

  peer(remoteAddress = '127.0.0.1'): Peer {
    const isLoopback = remoteAddress === '127.0.0.1';
    const connection = new SlowConnection(Number.POSITIVE_INFINITY);
    Object.assign(connection, { remoteAddress, isLoopback });
    const session = new Session(
      connection,
      this.services,
      {
        rows: [],
        raw: { name: 'raw', isOpening: () => false, begin: () => undefined },
        refusal: '',
        refusalReason: () => 'no protocol',
      },
      1,
      () => {},
    );
    return new Peer(session, this.services, false);
  }

  /** Brings a user online. */
  device(login: LoginOutcome | undefined, peer = this.peer()): Device {
    return new Device(peer, loggedIn(login).user, encoder);
  }

  async guest(name: string): Promise<Device> {
    return this.device(await this.logins.registerGuest(name));
  }

  /** Lets the accounts notice what other processes did. */
  async poll(): Promise<void> {
    this.clock.advance(cheapLimits.accountsPollMs);
    // They ask twice, one after the other; the answers to these come after that.
    for (let asked = 0; asked < 2; asked++) await this.gate.stored.loadFollows('nobody');
  }
}

/** The login that this outcome is. */
export function loggedIn(login: LoginOutcome | undefined): LoggedIn {
  if (login?.kind !== 'in') throw new Error(`not logged in: ${login?.kind}`);
  return login;
}
