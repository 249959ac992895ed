import { setTimeout as elapse } from 'node:timers/promises';
import { connect } from '../src/client-node/connect.ts';
import { randomFrom } from '../tests/support/random.ts';
import { isKill } from './checker.ts';
import { Cleanup } from './cleanup.ts';
import { openDisk, plainDisk } from './disk.ts';
import { damageIn, readEverything } from './final-read.ts';
import type { History, Send } from './history.ts';
import { Nemesis } from './nemesis.ts';
import { Person } from './person.ts';
import { Pipeliner } from './pipeliner.ts';
import { type End, lives, troubles } from './plan.ts';
import { Recorder } from './recorder.ts';
import { password, Scene, words } from './scene.ts';
import { Chat10Guest, VerbsGuest } from './strangers.ts';

const people = ['amy', 'ben', 'cleo', 'dan', 'eve'] as const;
const devicesEach = 2;
/** Follows everything that is public. */
const auditor = 'audit';
const pipeliners = ['pipa', 'pipo'] as const;

export interface RunOptions {
  readonly seed: number;
  readonly seconds: number;
  /** The folder of the server: by default this one. */
  readonly program?: string | undefined;
  /** Ends the run after so many servers, whatever time is left. */
  readonly mostLives?: number;
  /** A server lives on until so many messages were acknowledged, for a few seconds at most. */
  readonly leastAcknowledged?: number;
  readonly isPlainDisk?: boolean;
  /** The only ends that servers have. */
  readonly ends?: readonly End[];
  /** How long the last texts may take to be acknowledged and shown to everybody. */
  readonly patienceMs?: number;
  readonly onProgress?: (line: string) => void;
}

export interface RunResult {
  readonly history: History;
  /** What could not be tried here, and what servers said that ended unasked. */
  readonly notes: readonly string[];
}

/** Runs servers, clients of all protocols and the nemesis for so long, then heals everything, and reads what there is. */
export async function run(options: RunOptions): Promise<RunResult> {
  const cleanup = new Cleanup();
  try {
    return await runIn(cleanup, options);
  } finally {
    await cleanup.run();
  }
}

async function runIn(cleanup: Cleanup, options: RunOptions): Promise<RunResult> {
  const { seed, seconds, program, patienceMs = 40_000, onProgress = () => {} } = options;
  const random = randomFrom(seed ^ 0x9e3779b9);
  const disk = options.isPlainDisk ? plainDisk(cleanup, 'it was not wanted') : openDisk(cleanup);
  const recorder = new Recorder();
  const scene = new Scene(cleanup, recorder, random, [...people, auditor, ...pipeliners]);
  const residents: Person[] = [];
  // Their back-off is for outages that last longer.
  const reconnectAll = (): void => {
    for (const person of residents) person.reconnectNow();
  };
  const { mostLives = Number.POSITIVE_INFINITY, leastAcknowledged = 0 } = options;
  const nemesis = new Nemesis({ scene, disk, program, leastAcknowledged, onListening: reconnectAll });
  cleanup.after(() => nemesis.close('SIGKILL'));
  await nemesis.startWell();
  // A server that ends well leaves its compiled code to the next ones.
  await nemesis.close('SIGTERM');
  await nemesis.startWell();
  const clients = await settle(scene, residents);
  for (const client of clients) client.talk();

  const over = new AbortController();
  const untilMs = recorder.nowMs + seconds * 1_000;
  const progress = setInterval(() => {
    reconnectAll();
    onProgress(progressLine(recorder, untilMs));
  }, 1_000);
  cleanup.after(() => clearInterval(progress));
  const troubling = trouble(nemesis, options, over.signal);
  let count = 0;
  for (const life of lives(options)) {
    if (recorder.nowMs >= untilMs || count++ >= mostLives) break;
    await nemesis.live(life);
  }
  over.abort();
  await troubling;
  await nemesis.close('SIGKILL');
  await nemesis.startWell();
  scene.isQuiet = true;
  const isSettled = await heal(scene, clients, residents, patienceMs);
  clearInterval(progress);
  onProgress('Everything is healed; the history is read.');
  if (isSettled) for (const client of clients) client.complete();
  scene.isOver = true;
  for (const client of clients) await client.close();
  const end = await readEverything(scene);
  await nemesis.close('SIGTERM');
  const history = recorder.history({ ...end, isSettled, damage: damageIn(disk.dataFolder) });
  const cannot = disk.missing === undefined ? [] : [`no failing sync and no power cut: ${disk.missing}`];
  return { history, notes: [...cannot, ...nemesis.surprises] };
}

interface Talker {
  talk(): void;
  /** Whether something that it sent may still get an answer. */
  readonly isWaiting: boolean;
  /** Whether it waits for this message no longer. */
  hasGot(send: Send): boolean;
  complete(): void;
  close(): Promise<void>;
}

/** Makes the accounts and their follows, and lets everybody in. */
async function settle(scene: Scene, residents: Person[]): Promise<Talker[]> {
  const { recorder } = scene;
  for (const name of scene.accounts) {
    const own = new Set<string>([scene.choose(words), scene.choose(words), scene.choose(words)]);
    if (name === 'dan') own.add('@amy');
    const follow = name === auditor ? ['*'] : [...own];
    const changes = follow.map((term) => recorder.follow(name, term, true));
    const address = { host: '127.0.0.1', port: scene.port };
    const client = await connect(address, { name, password, account: 'create', stateFolder: false, follow });
    for (const change of changes) change.endedMs = recorder.nowMs;
    await client.close();
  }
  for (const name of [...people, auditor]) {
    const count = name === auditor ? 1 : devicesEach;
    for (let number = 0; number < count; number++) residents.push(await Person.join(scene, name, number));
  }
  const others: Talker[] = [];
  for (const name of pipeliners) others.push(await Pipeliner.join(scene, name));
  for (const label of ['g', 'h', 'i'])
    others.push(new Chat10Guest(scene, `${label}n`, await scene.openWire()));
  for (const label of ['v', 'w']) others.push(new VerbsGuest(scene, `${label}n`, await scene.openWire()));
  return [...residents, ...others];
}

async function trouble(nemesis: Nemesis, options: RunOptions, signal: AbortSignal): Promise<void> {
  try {
    for (const one of troubles(options)) await nemesis.trouble(one, signal);
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}

/**
 * Waits until everybody is online, everything begun has an outcome, and a last message has reached everybody. Resolves with
 * whether nothing is open any more.
 */
async function heal(
  scene: Scene,
  clients: readonly Talker[],
  residents: readonly Person[],
  patienceMs: number,
): Promise<boolean> {
  const untilMs = scene.recorder.nowMs + patienceMs;
  const until = async (isSo: () => boolean): Promise<boolean> => {
    while (!isSo() && scene.recorder.nowMs < untilMs) await elapse(50);
    return isSo();
  };
  for (const wire of scene.wires) wire.release();
  const isSettled = await until(() => {
    return clients.every(({ isWaiting }) => !isWaiting) && residents.every(({ isOnline }) => isOnline);
  });
  const [first] = residents;
  if (!isSettled || first === undefined) return false;
  // What others said at the same time as the first is before the second.
  for (let count = 0; count < 2; count++) {
    const last = await first.broadcast();
    const isShown = await until(() => clients.every((client) => client === first || client.hasGot(last)));
    if (!isShown) break;
  }
  return true;
}

function progressLine({ acknowledged, received, faults, nowMs }: Recorder, untilMs: number): string {
  const left = Math.max(0, Math.ceil((untilMs - nowMs) / 1_000));
  const kills = faults.filter(({ name }) => isKill(name)).length;
  return `${left} s left: ${acknowledged} acknowledged, ${received} received, ${kills} kills, ${faults.length} faults`;
}
