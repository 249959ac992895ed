import { statSync } from 'node:fs';
import type { Logger } from 'pino';
import { exitCodes } from '../exit-codes.ts';
import type { Clock } from '../scheduling/clock.ts';
import { udpScheme } from '../transport/address.ts';
import { type Accounts, AccountsOpenError } from './accounts/accounts.ts';
import { openSqliteAccounts } from './accounts/sqlite-accounts.ts';
import { Admission } from './admission/admission.ts';
import { AdmissionFileError } from './admission/admission-file.ts';
import type { ServerConfig } from './config.ts';
import type { ConnectionServices } from './connection/services.ts';
import type { LogCounts } from './counts/log-counts.ts';
import type { DataFolder } from './data-folder.ts';
import type { FileStore } from './files/file-store.ts';
import { LocalFileStore } from './files/local-file-store.ts';
import type { Mark } from './high-water-mark.ts';
import type { Hub } from './hub/hub.ts';
import type { Log } from './log/log.ts';
import { LogOpenError } from './log/opened.ts';
import { openSqliteLog } from './log/sqlite-log.ts';
import type { IndexProgress } from './log/worker-messages.ts';
import { StartError } from './start-error.ts';
import { ServerCertificate } from './tls/server-certificate.ts';
import { openServerKey, type ServerKey } from './udp/server-key.ts';

// Opens what stands in the data folder. What cannot be used is a `StartError` that says what to do.

/** Throws a `StartError` when the certificate of the config cannot be used. */
export function openCertificate(
  { tls, limits: { handshakeMs } }: ServerConfig,
  { certificateFiles }: DataFolder,
  { clock, logger, lifecycle: turns }: Pick<ConnectionServices, 'clock' | 'logger' | 'lifecycle'>,
): ServerCertificate | undefined {
  if (tls === undefined) return undefined;
  const isOwn = tls === 'own';
  return new ServerCertificate({
    files: isOwn ? certificateFiles : tls,
    isOwn,
    handshakeMs,
    clock,
    turns,
    logger,
  });
}

/** Undefined without UDP. Throws a `StartError` when it cannot be read or made. */
export function openUdpKey({ udp, listen }: ServerConfig, { udpKeyFile }: DataFolder): ServerKey | undefined {
  const isUsed = udp || listen.some(({ scheme }) => scheme === udpScheme);
  return isUsed ? openServerKey(udpKeyFile) : undefined;
}

export async function openFileStore(folder: DataFolder): Promise<FileStore> {
  try {
    return await LocalFileStore.open(folder.spoolFolder);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new StartError(exitCodes.noData, `the folder for files cannot be used (${reason})`);
  }
}

export async function openLog(
  folder: DataFolder,
  hub: Hub,
  mark: Mark | undefined,
  logger: Logger,
  counts: LogCounts,
): Promise<Log> {
  const onIndexing = ({ done, of }: IndexProgress): void =>
    logger.info(
      { done, of },
      'indexing the messages again, for this version; the server starts when that is done',
    );
  try {
    return await openSqliteLog({ file: folder.logFile, observer: hub, mark, onIndexing, counts });
  } catch (error) {
    if (error instanceof LogOpenError) throw new StartError(exitCodes.noData, error.message);
    throw error;
  }
}

/** Throws when there are or were messages (`head`) but no accounts: every name would be free for anybody. */
export function assertAccountsThere({ accountsFile }: DataFolder, head: number, acceptLoss: boolean): void {
  const isThere = (statSync(accountsFile, { throwIfNoEntry: false })?.size ?? 0) > 0;
  if (isThere || head === 0 || acceptLoss) return;
  throw new StartError(
    exitCodes.noData,
    `${accountsFile} is missing, though messages were stored: every account would be lost, and every name free; ` +
      'restore it from a backup, or start once with --accept-loss',
  );
}

export function openAdmission({ admissionFile }: DataFolder, clock: Clock): Admission {
  try {
    return Admission.open(admissionFile, clock);
  } catch (error) {
    if (error instanceof AdmissionFileError) throw new StartError(exitCodes.noData, error.message);
    throw error;
  }
}

interface AccountsOptions {
  readonly config: ServerConfig;
  readonly clock: Clock;
  readonly onStorageFailure: (error: Error) => void;
}

export async function openAccounts(
  folder: DataFolder,
  log: Log,
  { config, clock, onStorageFailure }: AccountsOptions,
): Promise<Accounts> {
  try {
    return await openSqliteAccounts({
      file: folder.accountsFile,
      epoch: log.epoch,
      head: log.head,
      limits: config.limits,
      clock,
      onFailure: onStorageFailure,
    });
  } catch (error) {
    if (error instanceof AccountsOpenError) throw new StartError(exitCodes.noData, error.message);
    throw error;
  }
}
