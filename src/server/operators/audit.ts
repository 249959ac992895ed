import { open } from 'node:fs/promises';

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

/** Appends to the audit file: one JSON object on each line. Resolves when it is on the disk. */
export async function appendAudit(path: string, line: AuditLine): Promise<void> {
  const file = await open(path, 'a', 0o600);
  try {
    await file.appendFile(`${JSON.stringify(line)}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
}
