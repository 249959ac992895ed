import assert from 'node:assert/strict';
import { runEarshot } from './server-process.ts';

/** Runs `earshot admin` on the server of a data folder. */
export async function admin(data: string, ...words: readonly string[]) {
  return runEarshot(['admin', ...words, '--data', data]);
}

/** Runs a command that must succeed; returns what it prints. */
export async function adminDone(data: string, ...words: readonly string[]): Promise<string> {
  const { exitCode, stdout, stderr } = await admin(data, ...words);
  assert.equal(exitCode, 0, stderr);
  return stdout;
}
