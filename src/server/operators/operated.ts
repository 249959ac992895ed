import type { Clock } from '../../scheduling/clock.ts';
import type { Accounts } from '../accounts/accounts.ts';
import type { Admission } from '../admission/admission.ts';
import type { ServerConfig } from '../config.ts';
import type { Sessions } from '../connection/sessions.ts';
import type { DataFolder } from '../data-folder.ts';
import type { FileStore } from '../files/file-store.ts';
import type { Log } from '../log/log.ts';
import type { Registry } from '../users/registry.ts';
import type { Users } from '../users/users.ts';

/** The parts of a running server that operators work on. */
export interface Operated {
  readonly config: ServerConfig;
  readonly clock: Clock;
  readonly sessions: Pick<Sessions, 'open' | 'transportOf'>;
  readonly registry: Pick<Registry, 'online'>;
  readonly users: Pick<Users, 'giveUpPlace'>;
  readonly admission: Admission;
  readonly accounts: Accounts;
  readonly log: Log;
  readonly fileStore: FileStore;
  readonly folder: DataFolder;
  readonly joinAddresses: readonly string[];
  /** Gives up an account's unfinished uploads. */
  readonly giveUpUploads: (name: string) => Promise<void>;
}
