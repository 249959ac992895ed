import type { Logger } from 'pino';
import type { Clock } from '../../clock.ts';
import type { Limits } from '../../protocol/limits.ts';
import type { ByteBudget } from '../../transport/byte-budget.ts';
import type { Accounts } from '../accounts/accounts.ts';
import type { Fence } from '../fence.ts';
import type { UploadQuota } from '../files/quota.ts';
import type { Spool } from '../files/spool.ts';
import type { UploadStore } from '../files/upload-store.ts';
import type { Hub } from '../hub/hub.ts';
import type { Log } from '../log/log.ts';
import type { FrameJoiner } from '../outbox/frame-joiner.ts';
import type { Admission } from './admission.ts';
import type { Chat10Forms } from './chat10/forms.ts';
import type { CreationThrottle } from './creation-throttle.ts';
import type { PostQueue } from './post-queue.ts';
import type { TurnQueue } from './turn-queue.ts';
import type { UploadsUnderWay } from './uploads-under-way.ts';
import type { Users } from './users.ts';

/** What every session of one server shares. */
export interface SessionContext {
  readonly hub: Hub;
  readonly log: Log;
  readonly accounts: Accounts;
  readonly spool: Spool;
  readonly quota: UploadQuota;
  readonly admission: Admission;
  readonly outboxBudget: ByteBudget;
  readonly frameJoiner: FrameJoiner;
  readonly chat10Forms: Chat10Forms;
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
