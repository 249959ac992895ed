import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';

const program = fileURLToPath(new URL('./accounts-child.ts', import.meta.url));

/** The password of the account that a child made. */
export function passwordOf(name: string): string {
  return `password of ${name}`;
}

/**
 * Runs accounts-child.ts until it has told of `killAfter` steps, then kills it; all the whole lines that it wrote.
 * `under` is a command that runs it, for example strace.
 */
export async function runAccountsProcess(
  test: TestContext,
  options: {
    readonly file: string;
    readonly label: string;
    readonly killAfter: number;
    readonly under?: readonly string[];
  },
): Promise<string[]> {
  const { file, label, under = [] } = options;
  const [first = process.execPath, ...rest] = [...under, process.execPath, program, file, label];
  const child = spawn(first, rest, {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  test.after(() => child.kill('SIGKILL'));
  let text = '';
  let lines = 0;
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk;
    lines += chunk.split('\n').length - 1;
    if (lines >= options.killAfter) child.kill('SIGKILL');
  });
  await once(child, 'close');
  return text.split('\n').slice(0, -1);
}
