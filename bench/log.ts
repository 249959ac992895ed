import { fdatasyncSync, writeSync } from 'node:fs';
import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BusObserver } from '../src/server/log/bus.ts';
import type { Log } from '../src/server/log/log.ts';
import { openSqliteLog } from '../src/server/log/sqlite-log.ts';
import type { Draft } from '../src/server/messages/entry.ts';
import { type MixedLoad, startMixedLoad } from './mixed-load.ts';
import { drawTown, mixedTextOf } from './mixed-town.ts';
import { processorMs } from './process-figures.ts';
import { spawnServer } from './server-process.ts';
import { median, printTable } from './table.ts';

const rounds = 5;
const senders = 64;
const roundMs = 1000;
/** Rounds before those that count: code is compiled while it runs, and servers run for days. */
const warmUps = 4;
/** The history has so many words in turn, and so many of them are asked for. */
const historyWords = 100;
const askedWords = 10;
const historyEntries = 100_000;
/** A page, as catching up asks for it. */
const page = { pick: 'oldest', limit: 512, maxBytes: 128 * 1024 } as const;

const text = 'sixty bytes of what somebody says to those who follow a word';
/** What the senders of the whole server say: ten words and a number that no other text has, which is a word, too. */
const { texts: townTexts } = drawTown({ followers: 0, textWords: 'zipf' });
let nextTownText = 0;
const townText = (): string => mixedTextOf(nextTownText++, townTexts[nextTownText % townTexts.length] ?? []);

/** How many messages a second are acknowledged when each is on the disk first, and how fast history is read. */
export async function logBench(): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'earshot-bench-'));
  // Two, as what is not indexed in one round is in the next one.
  const [log, repetitiveLog] = [
    await openBenchLog(join(folder, 'log.db')),
    await openBenchLog(join(folder, 'repetitive.db')),
  ];
  const server = await spawnServer(['--data', join(folder, 'server'), '--message-rate', '0']);
  const load = await startMixedLoad({
    wire: 'chat11',
    port: server.port,
    senders,
    followers: 0,
    textWords: 'zipf',
  });
  try {
    const sides = [
      sideOf('SqliteLog', process.pid, () => log.appendFor(roundMs, townText)),
      sideOf('SqliteLog, one text over and over', process.pid, () =>
        repetitiveLog.appendFor(roundMs, () => text),
      ),
      sideOf('the whole server', server.pid, serverSenders(load, 1)),
      sideOf('the whole server, 8 unanswered', server.pid, serverSenders(load, 8)),
      sideOf('floor: texts to a file', process.pid, () => floor(join(folder, 'floor'))),
    ];
    for (let round = 0; round < warmUps; round++) for (const { run } of sides) await run();
    for (let round = 0; round < rounds; round++) for (const side of sides) await measure(side);
    const base = median(sides.at(-1)?.rates ?? []);
    printTable(
      [
        'on the disk before it is acknowledged',
        'messages/s (median)',
        'least',
        'most',
        'ratio to floor',
        'processor µs each',
      ],
      sides.map(({ name, rates, processorUs }) => [
        name,
        Math.round(median(rates)),
        Math.round(Math.min(...rates)),
        Math.round(Math.max(...rates)),
        (median(rates) / base).toFixed(2),
        median(processorUs).toFixed(1),
      ]),
    );
    process.stdout.write('\n');
    await Promise.all([log.close(), repetitiveLog.close()]);
    await history(join(folder, 'history.db'));
  } finally {
    await Promise.all([log.close(), repetitiveLog.close()]);
    await load.stop();
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

interface LogSide {
  readonly name: string;
  /** The process whose processor time is measured: the senders of the whole server are in another one. */
  readonly pid: number;
  /** A round; gives messages a second. */
  readonly run: () => Promise<number>;
  readonly rates: number[];
  readonly processorUs: number[];
}

function sideOf(name: string, pid: number, run: () => Promise<number>): LogSide {
  return { name, pid, run, rates: [], processorUs: [] };
}

async function measure({ pid, run, rates, processorUs }: LogSide): Promise<void> {
  const [beforeMs, tookBefore] = [performance.now(), processorMs(pid)];
  const rate = await run();
  const messages = (rate * (performance.now() - beforeMs)) / 1000;
  rates.push(rate);
  processorUs.push(((processorMs(pid) - tookBefore) * 1000) / messages);
}

/** A log and its senders: each sends its next message when the last one is committed. */
async function openBenchLog(file: string) {
  let committed = 0;
  let again = (): void => {};
  const observer: BusObserver = {
    onCommit(group) {
      committed += group.length;
      for (const _ of group) again();
    },
    onRefuse: (_origins, reason) => {
      throw new Error(`the log refused messages: ${reason}`);
    },
    onFailure: (error) => {
      throw error;
    },
  };
  const log = await openSqliteLog({ file, observer });
  return {
    log,
    close: () => log.close(),
    /** Messages a second. */
    async appendFor(ms: number, nextText: () => string): Promise<number> {
      const before = performance.now();
      const committedBefore = committed;
      const done = Promise.withResolvers<void>();
      let underWay = 0;
      again = () => {
        underWay--;
        if (performance.now() - before < ms) send();
        else if (underWay === 0) done.resolve();
      };
      const send = (): void => {
        underWay++;
        log.append(draftOf(nextText()), undefined);
      };
      for (let i = 0; i < senders; i++) send();
      await done.promise;
      return perSecond(committed - committedBefore, before);
    },
    /** Resolves when it holds `count` more. */
    async appendAll(texts: readonly string[]): Promise<void> {
      const done = Promise.withResolvers<void>();
      let left = texts.length;
      again = () => {
        if (--left === 0) done.resolve();
      };
      for (const one of texts) log.append(draftOf(one), undefined);
      await done.promise;
    },
  };
}

const draftOf = (said: string): Draft => ({
  timeMs: Date.now(),
  sender: 'alice',
  message: { kind: 'text', text: said },
});

function perSecond(count: number, sinceMs: number): number {
  return (count * 1000) / (performance.now() - sinceMs);
}

/** Senders who are connected over CHAT/1.1, each with up to `window` unanswered texts; gives messages a second. */
function serverSenders({ run }: MixedLoad, window: number): () => Promise<number> {
  return async () => {
    const { texts, ms } = await run({ window, ms: roundMs });
    return (texts * 1000) / ms;
  };
}

/** The same bytes appended to a file, a sync for as many messages as there are senders. */
async function floor(name: string): Promise<number> {
  const file = await open(name, 'w');
  const group = Buffer.from(text.repeat(senders));
  const before = performance.now();
  let count = 0;
  while (performance.now() - before < roundMs) {
    writeSync(file.fd, group);
    fdatasyncSync(file.fd);
    count += senders;
  }
  const rate = perSecond(count, before);
  await file.close();
  return rate;
}

async function history(file: string): Promise<void> {
  const filled = await openBenchLog(file);
  await filled.appendAll(Array.from({ length: historyEntries }, (_, i) => `w${i % historyWords} ${text}`));
  const sides = [
    { name: 'of one word', words: 1, rates: [] as number[] },
    { name: `of ${askedWords} words`, words: askedWords, rates: [] as number[] },
  ];
  for (let round = 0; round <= rounds; round++) {
    for (const { words, rates } of sides) {
      const rate = await readRows(filled.log, words);
      // The first time it reads what the disk holds; after that it is in memory.
      if (round > 0) rates.push(rate);
    }
  }
  await filled.close();
  printTable(
    [`history of ${historyEntries} messages`, 'rows/s (median)', 'least', 'most'],
    sides.map(({ name, rates }) => [
      name,
      Math.round(median(rates)),
      Math.round(Math.min(...rates)),
      Math.round(Math.max(...rates)),
    ]),
  );
}

/** Everything that holds one of the first `words` words, page by page; rows a second. */
async function readRows(log: Log, words: number): Promise<number> {
  const spans = Array.from({ length: words }, (_, i) => ({ key: `w${i}`, after: 0, through: Infinity }));
  const before = performance.now();
  let rows = 0;
  let after = 0;
  while (after < log.head) {
    const { entries, through } = await log.read({ ...page, spans, after });
    rows += entries.length;
    after = through;
  }
  const expected = (historyEntries / historyWords) * words;
  if (rows !== expected) throw new Error(`${rows} rows instead of ${expected}; the bench is wrong`);
  return perSecond(rows, before);
}
