import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';

const program = fileURLToPath(new URL('../../bin/earshot.js', import.meta.url));

/** A real `earshot serve` in a process of its own. */
export interface ServerProcess {
  readonly process: ChildProcess;
  readonly pid: number;
  readonly port: number;
  /** The addresses that it prints for `earshot join`. */
  readonly joinAddresses: readonly string[];
  /** The JSON lines on standard output so far. */
  readonly lines: readonly string[];
  /** Sends a signal and waits for the end: the exit code, or the signal that ended it. */
  end(signal: NodeJS.Signals): Promise<number | NodeJS.Signals | null>;
}

/** The addresses to join at that a server has printed: over TCP first, then over UDP. */
export function joinAddressesOf({ lines }: Pick<ServerProcess, 'lines'>): readonly string[] {
  const listening: unknown = JSON.parse(lines.find((line) => line.includes('"listening"')) ?? '{}');
  const addresses = typeof listening === 'object' && listening !== null && 'addresses' in listening;
  assert.ok(addresses && Array.isArray(listening.addresses));
  return listening.addresses.map(String);
}

/** The first of them over UDP. */
export function udpAddressOf(server: Pick<ServerProcess, 'lines'>): string {
  return joinAddressesOf(server).find((address) => address.startsWith('chat+udp:')) ?? assert.fail('no UDP');
}

/** Runs the program to its end, with `input` on its standard input. */
export async function runEarshot(
  args: readonly string[],
  environment: NodeJS.ProcessEnv = {},
  input?: string,
): Promise<{ readonly exitCode: number | null; readonly stdout: string; readonly stderr: string }> {
  const child = spawn(process.execPath, [program, ...args], {
    env: { ...process.env, ...environment },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  // It may end without having read it.
  child.stdin.on('error', () => {});
  child.stdin.end(input);
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  await once(child, 'close');
  return { exitCode: child.exitCode, stdout, stderr };
}

/**
 * Starts a server, by the command `under` if there is one, and waits until it says where it listens. `run`: of another
 * clone.
 */
export async function startServerProcess(
  test: TestContext,
  args: readonly string[],
  environment: NodeJS.ProcessEnv = {},
  under: readonly string[] = [],
  run = program,
): Promise<ServerProcess> {
  const [command = process.execPath, ...rest] = [...under, process.execPath, run, 'serve', ...args];
  const child = spawn(command, rest, {
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  test.after(() => child.kill('SIGKILL'));
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const ended = once(child, 'close');
  const lines: string[] = [];
  const port = await new Promise<number>((resolve, reject) => {
    createInterface(child.stdout).on('line', (line) => {
      lines.push(line);
      const [, digits] = /chats?:\/\/[^"#]*:([0-9]+)(?:#[^"]*)?"/.exec(line) ?? [];
      if (digits !== undefined) resolve(Number(digits));
    });
    child.once('close', () => reject(new Error(`the server ended before it listened: ${stderr}`)));
  });
  assert.ok(child.pid !== undefined);
  return {
    process: child,
    pid: child.pid,
    port,
    joinAddresses: lines.flatMap((line) => JSON.parse(line).addresses ?? []),
    lines,
    async end(signal) {
      child.kill(signal);
      await ended;
      return child.exitCode ?? child.signalCode;
    },
  };
}
