import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Scope } from '../tests/support/scope.ts';
import type { Change } from './broken-builds.ts';

const root = fileURLToPath(new URL('..', import.meta.url));

/** The text with the change. Throws when the place is not there, or not clear: then the build must be mended. */
export function changed(text: string, { file, from, to }: Change): string {
  const places = text.split(from).length - 1;
  if (places !== 1) throw new Error(`${file} has ${places} times what is to be broken there: ${from}`);
  return text.replace(from, () => to);
}

/** A copy of the sources with these changes: the folder, which is gone with the scope. */
export function buildWith(scope: Scope, changes: readonly Change[]): string {
  const folder = mkdtempSync(join(tmpdir(), 'earshot-broken-'));
  scope.after(() => rmSync(folder, { recursive: true, force: true }));
  for (const name of ['src', 'bin', 'package.json'])
    cpSync(join(root, name), join(folder, name), { recursive: true });
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  for (const change of changes) {
    const file = join(folder, change.file);
    writeFileSync(file, changed(readFileSync(file, 'utf8'), change));
  }
  return folder;
}
