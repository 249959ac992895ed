import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chat10EntryPoints } from './entry-points-chat10.ts';
import { chat11EntryPoints, parcel } from './entry-points-chat11.ts';
import { Listeners, Talker, type WireName } from './entry-points-client.ts';
import { crowdTrials, pastTrials } from './entry-points-past.ts';
import type { Found, FromProbe, ToProbe } from './entry-points-server.ts';
import { type Trial, trialsOf } from './entry-points-trials.ts';
import { verbsEntryPoints } from './entry-points-verbs.ts';
import { median, printTable } from './table.ts';

const program = fileURLToPath(new URL('./entry-points-server.ts', import.meta.url));
const rounds = 5;
const maxMs = 20;

interface Row extends Trial {
  readonly found: Found[];
  answer: string;
}

/**
 * Texts that are dear to look at, through every place where the server takes one: how long its event loop is held up. Prints
 * the dearest text of each place, with `EVERY=1` all of them; the exit code is 1 when a median is over 20 ms.
 * `npm run bench -- entry-points [WHERE]`
 */
export async function entryPointsBench(): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'earshot-bench-'));
  const child = spawn(process.execPath, [program, folder], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  try {
    const { port } = (await heard(child)) as { port: number };
    const measurement = new Measurement(child, port, await Listeners.enter(port));
    await makeAccount(port);
    const trials = trialsOf([...chat10EntryPoints, ...chat11EntryPoints, ...verbsEntryPoints]);
    await measurement.run(trials);
    await measurement.run(await pastTrials(port));
    await measurement.run(await crowdTrials(port));
    print(measurement.rows);
  } finally {
    if (child.connected) child.disconnect();
    if (child.exitCode === null) await once(child, 'exit');
    await rm(folder, { recursive: true, force: true });
  }
}

/** Whose password and tokens are asked for. */
async function makeAccount(port: number): Promise<void> {
  const owner = await Talker.connect('CHAT/1.1', port);
  await owner.ask(parcel('REGISTER account', { Password: 'correct horse' }));
  await owner.leave();
}

class Measurement {
  readonly rows: Row[] = [];
  readonly listeners: Listeners;
  readonly #child: ChildProcess;
  readonly #port: number;
  readonly #talkers = new Map<WireName, Talker>();

  constructor(child: ChildProcess, port: number, listeners: Listeners) {
    this.#child = child;
    this.#port = port;
    this.listeners = listeners;
  }

  async run(trials: readonly Trial[]): Promise<void> {
    const [, only = ''] = process.argv.slice(2);
    const rows = trials
      .filter(({ wire, what }) => `${wire} ${what}`.includes(only))
      .map((trial): Row => ({ ...trial, found: [], answer: '' }));
    for (let round = 0; round <= rounds; round++) {
      process.stderr.write(`${rows.length} texts, round ${round} of ${rounds} …\n`);
      for (const row of rows) {
        const found = await this.#measure(row);
        // The first round is for the compiler.
        if (round > 0) row.found.push(found);
      }
    }
    this.rows.push(...rows);
  }

  async #measure(row: Row): Promise<Found> {
    const { wire, who, what, text, textName } = row;
    // Those of verbs follow everything, and would hear what the others say.
    const isKept = who === 'user' && wire !== 'verbs';
    const known = isKept ? this.#talkers.get(wire) : undefined;
    const talker = known?.isClosed === false ? known : await this.#enter(row);
    this.listeners.begin();
    await this.#tell('begin');
    try {
      row.answer = await row.run({ text, talker, listeners: this.listeners });
    } catch (cause) {
      throw new Error(`${wire} ${what}: ${text.length} of ${textName} came to nothing`, { cause });
    }
    const found = (await this.#tell('end')) as Found;
    if (isKept) this.#talkers.set(wire, talker);
    else await talker.leave();
    return found;
  }

  #enter({ wire, who }: Row): Promise<Talker> {
    return who === 'stranger' ? Talker.connect(wire, this.#port) : Talker.enter(wire, this.#port);
  }

  #tell(message: ToProbe): Promise<FromProbe> {
    this.#child.send(message);
    return heard(this.#child);
  }
}

/** The next word of the probe; rejects when the server ends instead. */
async function heard(child: ChildProcess): Promise<FromProbe> {
  const ended = new AbortController();
  const end = (): void => ended.abort(new Error('the server ended'));
  child.once('exit', end);
  try {
    const [message] = await once(child, 'message', { signal: ended.signal });
    return message as FromProbe;
  } finally {
    child.off('exit', end);
  }
}

function print(rows: readonly Row[]): void {
  const medianMs = ({ found }: Row): number => median(found.map(({ stretchMs }) => stretchMs));
  const sorted = rows.toSorted((a, b) => medianMs(b) - medianMs(a));
  const places = sorted.map(placeOf);
  const printed =
    process.env.EVERY === undefined
      ? sorted.filter((_, at) => places.indexOf(places[at] ?? '') === at)
      : sorted;
  printTable(
    ['wire', 'entry point', 'text', 'bytes', 'median ms', 'worst ms', 'worst delay ms', 'GC ms', 'answer'],
    printed.map((row) => {
      const most = (key: keyof Found): string => Math.max(...row.found.map((found) => found[key])).toFixed(1);
      return [
        row.wire,
        row.who === 'stranger' ? `${row.what} (stranger)` : row.what,
        row.textName,
        Buffer.byteLength(row.text),
        medianMs(row).toFixed(1),
        most('stretchMs'),
        most('delayMs'),
        most('collectingMs'),
        shown(row.answer),
      ];
    }),
  );
  const over = sorted.filter((row) => medianMs(row) > maxMs).length;
  process.stdout.write(`\n${over} of ${sorted.length} over ${maxMs} ms\n`);
  if (over > 0) process.exitCode = 1;
}

const placeOf = ({ wire, what, who }: Row): string => `${wire} ${what} ${who}`;

function shown(answer: string): string {
  const [line = ''] = answer.split('\n');
  return line
    .slice(0, 60)
    .replace(/[^ -~]/gu, '·')
    .replaceAll('|', '\\|');
}
