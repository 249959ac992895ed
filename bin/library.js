// Without top-level await, so that CommonJS can `require` it. Bundlers take `dist/library.js` (see package.json).
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { nodeProblem } from './node-version.js';

// As in earshot.js: a clone runs its sources as they are; the published package has only what was built from them.
const source = fileURLToPath(new URL('../src/library.ts', import.meta.url));
const built = fileURLToPath(new URL('../dist/library.js', import.meta.url));
const isClone = existsSync(source);

const problem = nodeProblem(process.version, isClone);
if (problem !== undefined) {
  const error = new Error(problem);
  // Nobody needs to know where in this file it was found.
  error.stack = `Error: ${problem}`;
  throw error;
}

export const {
  connect,
  lookUp,
  online,
  ConnectError,
  FileError,
  LostError,
  RefusedError,
  UnsupportedError,
  UntrustedServerError,
} = createRequire(import.meta.url)(isClone ? source : built);
