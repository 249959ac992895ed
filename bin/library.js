import { existsSync } from 'node:fs';

// As in earshot.js: a clone runs its sources as they are; the published package has only what was built from them.
const source = new URL('../src/library.ts', import.meta.url);
const built = new URL('../dist/library.js', import.meta.url);
export const { connect, lookUp, ConnectError, FileError, LostError, RefusedError, UnsupportedError } =
  await import(existsSync(source) ? source.href : built.href);
