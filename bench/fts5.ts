import { copyFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { openForReading, openForWriting } from '../src/server/log/database.ts';
import type { Query } from '../src/server/log/log.ts';
import { addDraft, type Cell, cellsPerText, insertText } from '../src/server/log/rows.ts';
import type { KeySpan } from '../src/server/messages/keys.ts';
import { numberOf } from '../src/server/sqlite/migrations.ts';
import { type IndexReader, type IndexWriter, type Side, sides } from './fts5-sides.ts';
import { median, printTable } from './table.ts';

const rounds = 3;
const messages = 200_000;
const wordsPerMessage = 10;
const vocabulary = 50_000;
const senders = 200;
const pageEntries = 100;
const readsPerRound = 200;
/** As the server: a WAL of this many pages forces a checkpoint. */
const checkpointPages = 2_000;

interface Figures {
  indexMs: number[];
  longestMs: number[];
  mib: number[];
  optimizedMib: number[];
  pruneMs: number[];
  prunedMib: number[];
  readonly readUs: { readonly [asked: string]: number[] };
}

/**
 * Each asks for a page of `pageEntries`, at both ends. The spans of ten keys begin and end at different positions, as
 * follows do.
 */
const asked: readonly { readonly name: string; readonly spans: readonly KeySpan[] }[] = [
  { name: '1 common key', spans: [spanOf(3, 0.1, 0.9)] },
  { name: '1 rare key', spans: [spanOf(3_000, 0.1, 0.9)] },
  {
    name: '10 keys',
    spans: Array.from({ length: 10 }, (_, i) => spanOf(100 + 17 * i, 0.04 * i, 1 - 0.03 * i)),
  },
];
const picks = ['newest', 'oldest'] as const;

/** The `rank`th most frequent word, held from one part of the log to another. */
function spanOf(rank: number, from: number, to: number): KeySpan {
  return { key: wordOf(rank), after: Math.floor(messages * from), through: Math.floor(messages * to) };
}

function wordOf(rank: number): string {
  return `w${rank.toString(36)}`;
}

/** Compares the log's index of keys with SQLite's FTS5: writing, size, reading by spans, deleting. */
export async function fts5Bench(): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'earshot-bench-'));
  try {
    const base = join(folder, 'base.db');
    fill(base);
    const figures = sides.map(
      (): Figures => ({
        ...{ indexMs: [], longestMs: [], mib: [], optimizedMib: [], pruneMs: [], prunedMib: [] },
        readUs: Object.fromEntries(questions().map(({ name }) => [name, []])),
      }),
    );
    for (let round = 0; round < rounds; round++) {
      for (const [index, side] of sides.entries()) {
        const file = join(folder, 'side.db');
        await copyFile(base, file);
        const own = figures[index];
        if (own !== undefined) measure(side, file, own);
        for (const suffix of ['', '-wal', '-shm']) await rm(`${file}${suffix}`, { force: true });
      }
    }
    report(figures);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Numbers from 0 to 1, the same in each run. */
function pseudoRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

/** Words are as frequent as in a language: the `n`th has a share proportional to 1/n. */
function fill(file: string): void {
  const database = openForWriting({ file, maxPages: undefined });
  const insert = database.prepare(insertText);
  const random = pseudoRandom(1);
  const word = (): string => wordOf(Math.floor(vocabulary ** random()));
  database.exec('BEGIN');
  for (let position = 1; position <= messages; position++) {
    const text = Array.from({ length: wordsPerMessage }, word).join(' ');
    const sender = `sender${Math.floor(random() * senders)}`;
    const cells: Cell[] = [];
    addDraft(cells, { timeMs: position, sender, message: { kind: 'text', text } });
    insert.run(position, ...cells.slice(0, cellsPerText));
  }
  database.exec('COMMIT; PRAGMA wal_checkpoint(TRUNCATE)');
  database.close();
}

function measure(side: Side, file: string, figures: Figures): void {
  const database = openForWriting({ file, maxPages: undefined });
  const without = usedMib(database);
  const writer = side.writer(database);
  const indexing = run(database, () => writer.index(messages, side.stepMs));
  const optimizing = run(database, () => {
    if (side.optimizes === true) writer.optimize();
    return true;
  });
  figures.indexMs.push(indexing.ms + optimizing.ms);
  figures.longestMs.push(Math.max(indexing.longestMs, optimizing.longestMs));
  figures.mib.push(usedMib(database) - without);
  measureReads(side, file, figures);
  measurePruning(database, writer, side, figures);
  database.close();
}

function measureReads(side: Side, file: string, figures: Figures): void {
  const database = openForReading(file);
  const reader = side.reader(database);
  for (const { name, query } of questions()) {
    assertRight(reader, query);
    for (let read = 0; read < readsPerRound; read++) {
      const before = performance.now();
      reader.read(query, messages);
      figures.readUs[name]?.push((performance.now() - before) * 1000);
    }
  }
  database.close();
}

function measurePruning(database: DatabaseSync, writer: IndexWriter, side: Side, figures: Figures): void {
  figures.pruneMs.push(run(database, () => writer.prune(messages / 2, side.stepMs)).ms);
  // The entries are deleted too, the same ones on each side.
  figures.prunedMib.push(usedMib(database));
  writer.optimize();
  figures.optimizedMib.push(usedMib(database));
}

function questions(): { readonly name: string; readonly query: Query }[] {
  return asked.flatMap(({ name, spans }) =>
    picks.map((pick) => ({
      name: `${name}, ${pick} ${pageEntries}`,
      query: { spans, after: 0, pick, limit: pageEntries, maxBytes: Number.POSITIVE_INFINITY },
    })),
  );
}

/** Every side must find the same; the first to answer decides. */
const expected = new Map<string, string>();

function assertRight(reader: IndexReader, query: Query): void {
  const found = reader.read(query, messages).map(({ position }) => position);
  const name = JSON.stringify(query);
  const others = expected.get(name) ?? found.join();
  expected.set(name, others);
  if (found.length === 0 || found.join() !== others)
    throw new Error(`the sides differ about ${name}; the bench is wrong`);
}

/**
 * Takes all steps, with checkpoints in between as the server makes them. Measures processor time, because any other figure
 * would include what else the machine does.
 */
function run(
  database: DatabaseSync,
  step: () => boolean,
): { readonly ms: number; readonly longestMs: number } {
  const walState = database.prepare('PRAGMA wal_checkpoint(NOOP)');
  const before = threadMs();
  let longestMs = 0;
  for (let isDone = false; !isDone; ) {
    const stepBefore = threadMs();
    isDone = step();
    longestMs = Math.max(longestMs, threadMs() - stepBefore);
    const { log, checkpointed } = walState.get() ?? {};
    if (Number(log) - Number(checkpointed) >= checkpointPages)
      database.exec('PRAGMA wal_checkpoint(PASSIVE)');
  }
  database.exec('PRAGMA wal_checkpoint(TRUNCATE)');
  return { ms: threadMs() - before, longestMs };
}

/** Processor time of this thread so far. */
function threadMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
}

function usedMib(database: DatabaseSync): number {
  const pages = numberOf(database, 'PRAGMA page_count') - numberOf(database, 'PRAGMA freelist_count');
  return (pages * numberOf(database, 'PRAGMA page_size')) / 2 ** 20;
}

function report(figures: readonly Figures[]): void {
  const rows: readonly (readonly [string, (of: Figures) => readonly number[], number])[] = [
    ['indexing, µs a message', ({ indexMs }) => indexMs.map((ms) => (ms * 1000) / messages), 1],
    ['longest step of that, ms', ({ longestMs }) => longestMs, 1],
    ['size of the index, MiB', ({ mib }) => mib, 1],
    ...questions().map(
      ({ name }) => [`${name}, µs`, ({ readUs }: Figures) => readUs[name] ?? [], 0] as const,
    ),
    [
      'deleting the older half, µs a message',
      ({ pruneMs }) => pruneMs.map((ms) => (ms * 2000) / messages),
      1,
    ],
    ['all that is left, MiB', ({ prunedMib }) => prunedMib, 1],
    ['the same after `optimize`, MiB', ({ optimizedMib }) => optimizedMib, 1],
  ];
  printTable(
    [`${messages} messages: medians (of the log's)`, ...sides.map(({ name }) => name)],
    rows.map(([name, of, digits]) => {
      const medians = figures.map((each) => median(of(each)));
      const [base = Number.NaN, ...others] = medians;
      const compared = others.map((value) => `${value.toFixed(digits)} (${(value / base).toFixed(2)})`);
      return [name, base.toFixed(digits), ...compared];
    }),
  );
}
