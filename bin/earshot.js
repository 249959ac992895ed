#!/usr/bin/env node
// This file must still run on a Node that is too old for the rest, to say so in plain words.
import { existsSync } from 'node:fs';
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

const { main } = await import(isClone ? source.href : built.href);
await main(process.argv.slice(2));
