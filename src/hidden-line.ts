import { createInterface, type Interface } from 'node:readline';
import { Writable } from 'node:stream';
import { leaveSignals } from './leave-signals.ts';

/** Discards the terminal's echo. */
const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });

/**
 * Prompts on the terminal and reads a line without echo. Resolves with undefined when the input ends first, as with
 * Ctrl-C or Ctrl-D, and at a signal to leave. The terminal's modes are as before then, and while SIGTSTP has stopped the
 * process.
 */
export async function readHiddenLine(prompt: string): Promise<string | undefined> {
  const lines = createInterface({ input: process.stdin, output: nowhere, terminal: true, historySize: 0 });
  const close = (): void => lines.close();
  lines.once('SIGINT', close);
  // Without this, readline would show what is typed and stop this process, which below `npx` is only a part of what runs.
  lines.on('SIGTSTP', () => {});
  for (const signal of leaveSignals) process.once(signal, close);
  const stop = (): void => {
    process.stderr.write('\n');
    process.stdin.setRawMode(false);
    process.kill(process.pid, 'SIGSTOP');
  };
  const goOn = (): void => {
    process.stdin.setRawMode(false);
    process.stdin.setRawMode(true);
    process.stderr.write(`\r${prompt}`);
  };
  process.on('SIGTSTP', stop).on('SIGCONT', goOn);
  process.stderr.write(prompt);
  const line = await firstLine(lines);
  process.off('SIGTSTP', stop).off('SIGCONT', goOn);
  for (const signal of leaveSignals) process.off(signal, close);
  process.stderr.write('\n');
  return line;
}

/** Resolves with the first line of standard input; undefined when there is none. */
export function readLine(): Promise<string | undefined> {
  return firstLine(createInterface({ input: process.stdin, terminal: false }));
}

function firstLine(lines: Interface): Promise<string | undefined> {
  return new Promise((resolve) => {
    lines.once('line', (line) => {
      resolve(line);
      lines.close();
    });
    lines.once('close', () => resolve(undefined));
  });
}
