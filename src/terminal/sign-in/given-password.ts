import { spawn } from 'node:child_process';
import { createReadStream } from 'node:fs';
import { systemProblem } from '../../client/system-error.ts';
import { decodeUtf8, quoteShort } from '../../protocol/text.ts';
import { type Report, refused } from '../report.ts';

/** Where the password comes from when nobody types it: at most one of the two, else `EARSHOT_PASSWORD`. */
export interface PasswordOptions {
  /** A file whose first line is the password. */
  readonly passwordFile?: string;
  /** A command for `sh`; the first line of its output is the password. */
  readonly passwordCommand?: string;
  /** The name is made up for this run: `EARSHOT_PASSWORD` is not meant for it. */
  readonly isMadeUpName?: boolean;
}

/** Far more than a password has. */
const maxBytes = 64 * 1024;

/**
 * Resolves with the password that file, command or environment give; with undefined when none of them is set; with a
 * report for the user when the password cannot be had. `leaving` ends the command.
 */
export async function givenPassword(
  { passwordFile, passwordCommand }: PasswordOptions,
  leaving: AbortSignal,
): Promise<string | undefined | Report> {
  if (passwordFile !== undefined) return passwordIn(passwordFile);
  if (passwordCommand !== undefined) return passwordOf(passwordCommand, leaving);
  const { EARSHOT_PASSWORD: password } = process.env;
  return password === '' ? undefined : password;
}

/** Whether file, command or environment give a password, right or wrong. */
export function isPasswordGiven({ passwordFile, passwordCommand, isMadeUpName }: PasswordOptions): boolean {
  if (passwordFile !== undefined || passwordCommand !== undefined) return true;
  return isMadeUpName !== true && (process.env.EARSHOT_PASSWORD ?? '') !== '';
}

async function passwordIn(file: string): Promise<string | Report> {
  const what = `the password file ${quoteShort(file)}`;
  try {
    return firstLine(await begin(createReadStream(file, { end: maxBytes - 1 })), what);
  } catch (error) {
    return refused(`${what} cannot be read: ${systemProblem(error)}`);
  }
}

async function passwordOf(command: string, leaving: AbortSignal): Promise<string | Report> {
  const what = 'the password command';
  // At a terminal it may ask for something itself, as a password manager does; from a pipe it would take our lines.
  const input = process.stdin.isTTY ? 'inherit' : 'ignore';
  // The password of the chat is no business of the command that looks it up.
  const { EARSHOT_PASSWORD: _, ...env } = process.env;
  const child = spawn('sh', ['-c', command], { stdio: [input, 'pipe', 'inherit'], env });
  const kill = (): void => void child.kill();
  leaving.addEventListener('abort', kill);
  try {
    const ended = new Promise<string | undefined>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (code, signal) => resolve(code === 0 ? undefined : endOf(code, signal)));
    });
    const [bytes, problem] = await Promise.all([begin(child.stdout), ended]);
    return problem === undefined ? firstLine(bytes, what) : refused(`${what} ${problem}`);
  } catch (error) {
    return refused(`${what} cannot be run: ${systemProblem(error)}`);
  } finally {
    leaving.removeEventListener('abort', kill);
  }
}

function endOf(code: number | null, signal: NodeJS.Signals | null): string {
  return code === null ? `was ended by ${signal}` : `failed with exit code ${code}`;
}

/** Resolves with all bytes, or the first `maxBytes` of them. */
async function begin(stream: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of stream) {
    if (length < maxBytes) chunks.push(chunk);
    length += chunk.length;
  }
  return Buffer.concat(chunks).subarray(0, maxBytes);
}

function firstLine(bytes: Uint8Array, what: string): string | Report {
  const end = bytes.indexOf(10);
  const line = decodeUtf8(end === -1 ? bytes : bytes.subarray(0, end))?.replace(/\r$/, '');
  if (line === undefined) return refused(`${what} gave something that is not UTF-8 text`);
  return line === '' ? refused(`${what} gave no password`) : line;
}
