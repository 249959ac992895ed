import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { statSync } from 'node:fs';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Client, connect } from '../src/library.ts';
import { openSqliteLog } from '../src/server/log/sqlite-log.ts';
import type { Draft } from '../src/server/messages/entry.ts';
import { spawnServer } from './server-process.ts';
import { percentile, printTable } from './table.ts';

const program = fileURLToPath(new URL('../bin/earshot.js', import.meta.url));
const mebibyte = 1024 * 1024;
const commitsPerSecond = 20;
/** For comparison, as long as the shortest of backups may well take. */
const quietMs = 5_000;

/**
 * `npm run bench -- backup [MIB]`: how long `earshot backup` takes of a log of so many MiB (1,024 if nothing is said) while
 * twenty messages a second are stored, what it does to them, and whether the copy restores. Needs three times the room.
 */
export async function backupBench(): Promise<void> {
  const mebibytes = Number(process.argv[3] ?? 1_024);
  const folder = await mkdtemp(join(tmpdir(), 'earshot-bench-'));
  const [data, copy, restored] = [join(folder, 'data'), join(folder, 'copy'), join(folder, 'restored')];
  try {
    await mkdir(data, { mode: 0o700 });
    await fill(join(data, 'earshot.db'), mebibytes * mebibyte);
    const sizeMiB = statSync(join(data, 'earshot.db')).size / mebibyte;
    const server = await spawnServer(['--data', data, '--message-rate', '0', '--accept-loss']);
    let backupMs: number;
    let quiet: number[];
    let busy: number[];
    let head: number;
    try {
      const talk = await Talk.begin(server.port);
      await new Promise((resolve) => setTimeout(resolve, quietMs));
      quiet = talk.takeDelays();
      const beganMs = performance.now();
      await run(['backup', copy, '--data', data]);
      backupMs = performance.now() - beganMs;
      busy = talk.takeDelays();
      head = await talk.end();
    } finally {
      await server.stop();
    }
    const beganMs = performance.now();
    await run(['restore', copy, '--data', restored]);
    const restoreMs = performance.now() - beganMs;
    const missing = await missingIn(restored, head);
    printTable(
      [
        'log MiB',
        'backup s',
        'commits meanwhile',
        'p50, p99, worst ms',
        'the same before',
        'restore s',
        'newest missing',
      ],
      [
        [
          sizeMiB.toFixed(0),
          (backupMs / 1000).toFixed(1),
          busy.length,
          delays(busy),
          delays(quiet),
          (restoreMs / 1000).toFixed(1),
          missing,
        ],
      ],
    );
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

const delays = (ms: readonly number[]): string =>
  [percentile(ms, 0.5), percentile(ms, 0.99), Math.max(0, ...ms)].map((one) => one.toFixed(0)).join(', ');

/** Texts of 16 KB, of words that many of them share. */
async function fill(file: string, bytes: number): Promise<void> {
  let committed = Promise.withResolvers<void>();
  let waiting = 0;
  const log = await openSqliteLog({
    file,
    observer: {
      onCommit(group) {
        waiting -= group.length;
        if (waiting === 0) committed.resolve();
      },
      onRefuse: (_origins, reason) => committed.reject(new Error(`the log is ${reason}`)),
      onFailure: (error) => committed.reject(error),
    },
  });
  const words = Array.from({ length: 1_000 }, (_, at) => `word-number-${at}`);
  const texts = Array.from({ length: 50 }, (_, at) =>
    [...words.slice(at * 20), ...words.slice(0, at * 20)].join(' '),
  );
  for (let at = 0; at * 16_000 < bytes; ) {
    committed = Promise.withResolvers();
    for (waiting = 0; waiting < 500; waiting++, at++) {
      const draft: Draft = {
        timeMs: Date.now(),
        sender: 'filler',
        message: { kind: 'text', text: texts[at % texts.length] ?? '' },
      };
      log.append(draft, undefined);
    }
    await committed.promise;
    process.stderr.write(`\r${Math.round((at * 16_000) / mebibyte)} MiB …`);
  }
  process.stderr.write('\n');
  await log.close();
}

/** One who says something twenty times a second. */
class Talk {
  #delays: number[] = [];
  readonly #timer: NodeJS.Timeout;
  readonly #client: Client;
  #last: Promise<number> = Promise.resolve(0);

  static async begin(port: number): Promise<Talk> {
    return new Talk(await connect({ host: '127.0.0.1', port }, { name: 'talker', stateFolder: false }));
  }

  private constructor(client: Client) {
    this.#client = client;
    this.#timer = setInterval(() => {
      const beganMs = performance.now();
      this.#last = client.send('one message more').then(({ position }) => {
        this.#delays.push(performance.now() - beganMs);
        return position ?? 0;
      });
    }, 1000 / commitsPerSecond);
  }

  takeDelays(): number[] {
    return this.#delays.splice(0);
  }

  /** Gives the position of what was said last. */
  async end(): Promise<number> {
    clearInterval(this.#timer);
    const position = await this.#last;
    await this.#client.close();
    return position;
  }
}

async function run(args: readonly string[]): Promise<void> {
  const child = spawn(process.execPath, [program, ...args], { stdio: ['ignore', 'ignore', 'inherit'] });
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(`earshot ${args[0]} ended with ${code}`);
}

/** How many of the newest messages the restored log does not have: those that were said while it was copied, and after. */
async function missingIn(folder: string, head: number): Promise<number> {
  const log = await openSqliteLog({
    file: join(folder, 'earshot.db'),
    observer: { onCommit() {}, onRefuse() {}, onFailure() {} },
  });
  await log.close();
  return head - log.head;
}
