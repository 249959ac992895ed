import type { Logger } from 'pino';
import type { Limits } from '../../protocol/limits.ts';
import type { AddressTable } from '../../scheduling/address-table.ts';
import type { Clock } from '../../scheduling/clock.ts';
import type { FairTurns } from '../../scheduling/fair-turns.ts';
import type { ByteBudget } from '../../transport/byte-budget.ts';
import type { Admission } from '../admission/admission.ts';
import type { FileStore } from '../files/file-store.ts';
import type { Hub } from '../hub/hub.ts';
import type { Log } from '../log/log.ts';
import type { Fence } from '../logging/fence.ts';
import type { Users } from '../users/users.ts';
import type { AddressRequests } from './address-requests.ts';
import type { ConnectionLimiter } from './connection-limiter.ts';
import type { PostQueue } from './post-queue.ts';
import type { TurnQueue } from './turn-queue.ts';

/** What the connections of one server share, whichever protocol they speak. */
export interface ConnectionServices {
  readonly hub: Hub;
  readonly log: Log;
  readonly fileStore: FileStore;
  readonly users: Users;
  readonly posts: PostQueue;
  /** The turns of connections that go on with many requests. */
  readonly turns: TurnQueue;
  /** The turns in which connections begin and end. */
  readonly lifecycle: FairTurns;
  readonly requests: AddressTable<AddressRequests>;
  readonly connectionLimiter: ConnectionLimiter;
  readonly admission: Pick<Admission, 'banOfAddress'>;
  /** Unread bytes of all connections. */
  readonly inputs: ByteBudget;
  /** Unsent bytes of all connections. */
  readonly outboxBudget: ByteBudget;
  readonly limits: Limits;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Reports a failure that costs one peer alone. */
  readonly fence: Fence;
}

/** The services that a session uses. */
export type SessionServices = Pick<
  ConnectionServices,
  'lifecycle' | 'connectionLimiter' | 'inputs' | 'limits' | 'clock' | 'logger' | 'fence' | 'admission'
>;
