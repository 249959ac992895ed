import { readFileSync } from 'node:fs';

/**
 * The version in `package.json`. It is read once, at the start: an upgrade replaces that file while the server still runs
 * the older program.
 */
export const packageVersion: string = read();

function read(): string {
  const manifest: unknown = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
  const isManifest = typeof manifest === 'object' && manifest !== null && 'version' in manifest;
  return isManifest ? String(manifest.version) : 'unknown';
}
