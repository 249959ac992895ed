import { createInterface, type Interface } from 'node:readline';
import { Writable } from 'node:stream';

/** Discards the terminal's echo. */
const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });

/**
 * Prompts on the terminal and reads a line without echo. Resolves with undefined when the input ends first, as with
 * Ctrl-C or Ctrl-D.
 */
export async function readHiddenLine(prompt: string): Promise<string | undefined> {
  const lines = createInterface({ input: process.stdin, output: nowhere, terminal: true, historySize: 0 });
  process.stderr.write(prompt);
  lines.once('SIGINT', () => lines.close());
  const line = await firstLine(lines);
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
