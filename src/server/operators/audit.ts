import { constants } from 'node:fs';
import { type FileHandle, open, stat } from 'node:fs/promises';
import { dirname } from 'node:path';

/** One act of an operator. */
export interface AuditLine {
  /** ISO 8601, UTC. */
  readonly time: string;
  /** The system user, as the client says; only the owner of the data folder and root can connect. */
  readonly by: string;
  readonly command: string;
  readonly values: Readonly<Record<string, string | undefined>>;
  /** `done`, or why not. */
  readonly outcome: string;
}

/** What an operator is told of an act that has no line because of `error`. */
export function notRecorded(error: unknown): string {
  const why = error instanceof Error ? error.message : String(error);
  return `it was done, but could not be recorded in audit.log (${why})`;
}

/** Appends to the audit file: one JSON object on each line. Resolves when it is on the disk. */
export async function appendAudit(path: string, line: AuditLine): Promise<void> {
  const file = await openAudit(path);
  try {
    await file.appendFile(`${JSON.stringify(line)}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
}

/**
 * A new file gets the owner of the folder: root may be who makes it, and the server could then neither append to it nor
 * start. Never follows a link, as whoever may write to the folder could otherwise have root write to any file.
 */
async function openAudit(path: string): Promise<FileHandle> {
  const { O_APPEND, O_CREAT, O_EXCL, O_NOFOLLOW, O_WRONLY } = constants;
  let file: FileHandle;
  try {
    file = await open(path, O_WRONLY | O_APPEND | O_CREAT | O_EXCL, 0o600);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
    return open(path, O_WRONLY | O_APPEND | O_NOFOLLOW);
  }
  if (process.getuid?.() !== 0) return file;
  try {
    const { uid, gid } = await stat(dirname(path));
    await file.chown(uid, gid);
    return file;
  } catch (error) {
    await file.close();
    throw error;
  }
}
