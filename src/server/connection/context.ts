import type { Logger } from 'pino';
import type { Limits } from '../../protocol/limits.ts';
import type { Clock } from '../../scheduling/clock.ts';
import type { ByteBudget } from '../../transport/byte-budget.ts';
import type { Accounts } from '../accounts/accounts.ts';
import type { UploadQuota } from '../files/quota.ts';
import type { Spool } from '../files/spool.ts';
import type { UploadStore } from '../files/upload-store.ts';
import type { UploadsUnderWay } from '../files/uploads-under-way.ts';
import type { Hub } from '../hub/hub.ts';
import type { Log } from '../log/log.ts';
import type { Fence } from '../logging/fence.ts';
import type { FrameJoiner } from '../outbox/frame-joiner.ts';
import type { CreationThrottle } from '../users/creation-throttle.ts';
import type { Users } from '../users/users.ts';
import type { Chat10Encoders } from '../wires/chat10/encoders.ts';
import type { ConnectionLimiter } from './connection-limiter.ts';
import type { PostQueue } from './post-queue.ts';
import type { TurnQueue } from './turn-queue.ts';

/** What every session of one server shares. */
export interface SessionContext {
  readonly hub: Hub;
  readonly log: Log;
  readonly accounts: Accounts;
  readonly spool: Spool;
  readonly quota: UploadQuota;
  readonly connectionLimiter: ConnectionLimiter;
  readonly outboxBudget: ByteBudget;
  readonly frameJoiner: FrameJoiner;
  readonly chat10Encoders: Chat10Encoders;
  readonly users: Users;
  readonly posts: PostQueue;
  readonly turns: TurnQueue;
  readonly creations: CreationThrottle;
  readonly inputs: ByteBudget;
  readonly uploads: UploadsUnderWay;
  /** Files on their way in that outlive their connection. */
  readonly uploadStore: UploadStore;
  /** Whether passwords may come over plain text from other machines. */
  readonly insecurePasswords: boolean;
  readonly limits: Limits;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Where what fails for one peer alone is reported. */
  readonly fence: Fence;
}
