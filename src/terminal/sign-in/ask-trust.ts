import { createInterface } from 'node:readline';
import { KnownServers } from '../../client-node/known-servers.ts';
import { trustQuestion } from '../../client-node/server-trust.ts';
import type { ChatAddress } from '../../transport/address.ts';
import { PlainScreen } from '../plain-screen.ts';
import { type Report, refused } from '../report.ts';

/** Whether there is somebody to ask: what they read and what they type is a terminal. */
export function canAskPerson(): boolean {
  return process.stdin.isTTY === true && process.stderr.isTTY === true;
}

/**
 * Asks whether the key of the server at `address` is the right one, and remembers a yes. Resolves with the address that
 * names the key, or with a report for the user.
 */
export async function askTrust(
  address: ChatAddress,
  keySha256: string,
  leaving: AbortSignal,
): Promise<ChatAddress | Report> {
  const screen = new PlainScreen(process.stderr, process.stderr, process.env);
  screen.notice(trustQuestion(address, keySha256));
  for (;;) {
    const answer = (await asked('Trust it from now on? (yes/no) ', leaving))?.trim().toLowerCase();
    if (answer === undefined || answer === 'no' || answer === 'n')
      return refused('the server is not trusted');
    if (answer === 'yes') break;
    screen.notice('Please answer yes or no.');
  }
  const known = new KnownServers();
  const problem = await known.add(address, keySha256);
  if (problem !== undefined) screen.problem(`The key cannot be kept in ${known.path}: ${problem}`);
  return { ...address, keySha256 };
}

/** Resolves with what the person types, or undefined when they leave. */
function asked(question: string, leaving: AbortSignal): Promise<string | undefined> {
  const lines = createInterface({ input: process.stdin, output: process.stderr, historySize: 0 });
  return new Promise((resolve) => {
    const leave = (): void => lines.close();
    leaving.addEventListener('abort', leave);
    lines.once('SIGINT', leave);
    // Ctrl-Z does nothing: below `npx` only a part of what runs would stop.
    lines.on('SIGTSTP', () => {});
    lines.once('close', () => {
      leaving.removeEventListener('abort', leave);
      resolve(undefined);
    });
    lines.question(question, (answer) => {
      resolve(answer);
      lines.close();
    });
  });
}
