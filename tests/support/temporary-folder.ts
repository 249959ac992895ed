import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Scope } from './scope.ts';

/** A folder that is gone when the test ends. */
export async function temporaryFolder(scope: Scope): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'earshot-test-'));
  // Hooks run in the order in which they were set: whatever uses the folder may still write to it.
  scope.after(() => rm(folder, { recursive: true, force: true, maxRetries: 20 }));
  return folder;
}
