import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { Log } from '../../src/server/log/log.ts';
import type { Entry } from '../../src/server/messages/entry.ts';

const program = fileURLToPath(new URL('./log-child.ts', import.meta.url));

/** See log-child.ts. */
export interface LogProcessOptions {
  readonly file: string;
  readonly label: string;
  readonly inFlight: number;
  readonly tailEntries: number;
  /** Kills the process when it has told of so many commits and `delayMs` more; without, it runs to its own end. */
  readonly kill?: { readonly after: number; readonly delayMs: number };
  /** A command that runs it, for example strace. */
  readonly under?: readonly string[];
}

/** Runs a process that appends until it ends; all the whole lines that it wrote. */
export async function runLogProcess(test: TestContext, options: LogProcessOptions): Promise<string[]> {
  const { file, label, inFlight, tailEntries, kill, under = [] } = options;
  const command = [process.execPath, program, file, label, `${inFlight}`, `${tailEntries}`];
  const [first = process.execPath, ...rest] = [...under, ...command];
  const child = spawn(first, rest, { stdio: ['ignore', 'pipe', 'inherit'] });
  test.after(() => child.kill('SIGKILL'));
  let text = '';
  let lines = 0;
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk;
    const before = lines;
    lines += chunk.split('\n').length - 1;
    if (kill === undefined || before >= kill.after || lines < kill.after) return;
    setTimeout(() => child.kill('SIGKILL'), kill.delayMs);
  });
  await once(child, 'close');
  return text.split('\n').slice(0, -1);
}

/** What `committed` lines say: the texts by their positions. */
export function committedTexts(lines: readonly string[]): Map<number, string> {
  const committed = new Map<number, string>();
  for (const line of lines) {
    const [, position, text] = /^committed ([0-9]+) (.*)$/.exec(line) ?? [];
    if (text !== undefined) committed.set(Number(position), text);
  }
  return committed;
}

/** All entries that carry `key`, read page by page. */
export async function allEntriesWith(log: Log, key: string): Promise<Entry[]> {
  const spans = [{ key, after: 0, through: Number.POSITIVE_INFINITY }];
  const entries: Entry[] = [];
  for (let after = 0; after < log.head; ) {
    const page = await log.read({ spans, after, pick: 'oldest', limit: 5000, maxBytes: 10_000_000 });
    entries.push(...page.entries);
    after = page.through;
  }
  return entries;
}
