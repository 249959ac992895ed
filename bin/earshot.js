#!/usr/bin/env node
// This file must still run on a Node that is too old for the rest, to say so in plain words.
import { existsSync } from 'node:fs';

const neededMajor = 26;
if (Number(process.versions.node.split('.')[0]) < neededMajor) {
  process.stderr.write(
    `earshot: needs Node ${neededMajor} or newer, and this is ${process.version}. ` +
      'Install a newer Node; in a clone, "npm ci" brings one for "npm start" and "npx earshot", unless it is told to ' +
      'run no install scripts (--ignore-scripts).\n',
  );
  process.exit(64);
}

// A clone runs its sources as they are; the published package has only what was built from them.
const source = new URL('../src/main.ts', import.meta.url);
const built = new URL('../dist/main.js', import.meta.url);
const { main } = await import(existsSync(source) ? source.href : built.href);
await main(process.argv.slice(2));
