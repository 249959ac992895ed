#!/usr/bin/env node
// This file must still run on a Node that is too old for the rest, to say so in plain words.
import { existsSync } from 'node:fs';
import module from 'node:module';
import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { nodeProblem } from './node-version.js';

// A clone runs its sources as they are; the published package has only what was built from them.
const source = new URL('../src/main.ts', import.meta.url);
const built = new URL('../dist/main.js', import.meta.url);
const isClone = existsSync(source);

const problem = nodeProblem(process.version, isClone, process.argv[2] ?? '');
if (problem !== undefined) {
  process.stderr.write(`earshot: ${problem}\n`);
  process.exit(64);
}

// Reading the sources takes most of the start. The cache is in a folder of the user's own: others could put code in it
// where anybody may write, as in Node's default below /tmp. NODE_DISABLE_COMPILE_CACHE=1 turns it off.
module.enableCompileCache(join(cacheHome(), 'earshot', 'node'));

const { main } = await import(isClone ? source.href : built.href);
await main(process.argv.slice(2));

function cacheHome() {
  const home = process.env.XDG_CACHE_HOME;
  // The XDG base directory specification says to ignore relative paths.
  return home !== undefined && isAbsolute(home) ? home : join(homedir(), '.cache');
}
