import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startLoad } from './load.ts';
import { residentBytes } from './process-figures.ts';
import { earshot10, earshot11, floor, overWeb, type Side } from './sides.ts';
import { median, printTable } from './table.ts';

const rounds = 5;
/** As many as the server takes by itself; one more, the sender, is on this machine and so not counted. */
const clients = 10_000;
/** Until what connecting them left behind is collected, or never will be. */
const settleMs = 1000;

interface Figures {
  readonly bytesEach: number;
  readonly registrationsPerSecond: number;
  /** From one message's sending until all clients have it, the median of some. */
  readonly toAllMs: number;
}

/** Many who are there and say nothing: their memory, how fast they come, and one message to all of them. */
export async function connectionsBench(): Promise<void> {
  const sides = [earshot11, earshot10, overWeb, floor].map((side) => ({ side, figures: [] as Figures[] }));
  for (let round = 0; round < rounds; round++) {
    for (const { side, figures } of sides) figures.push(await measure(side));
  }
  const rows = sides.map(({ side, figures }) => ({
    name: side.name,
    bytes: median(figures.map(({ bytesEach }) => bytesEach)),
    rate: median(figures.map(({ registrationsPerSecond }) => registrationsPerSecond)),
    toAll: median(figures.map(({ toAllMs }) => toAllMs)),
  }));
  const base = rows.at(-1)?.toAll ?? Number.NaN;
  printTable(
    ['server', 'KiB a client', 'registrations/s', 'one message to all, ms', 'ratio to floor'],
    rows.map(({ name, bytes, rate, toAll }) => [
      name,
      (bytes / 1024).toFixed(1),
      Math.round(rate),
      toAll.toFixed(1),
      (toAll / base).toFixed(2),
    ]),
  );
}

async function measure(side: Side): Promise<Figures> {
  const folder = await mkdtemp(join(tmpdir(), 'earshot-bench-'));
  const server = await side.start(folder);
  try {
    const before = residentBytes(server.pid);
    const load = await startLoad({ wire: side.wire, port: server.port, followers: clients });
    await sleep(settleMs);
    const bytesEach = (residentBytes(server.pid) - before) / clients;
    const { toAllMs } = await load.run({ window: 1, ms: 500 });
    await load.stop();
    return {
      bytesEach,
      registrationsPerSecond: (clients * 1000) / load.connectMs,
      toAllMs: median(toAllMs),
    };
  } finally {
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  }
}
