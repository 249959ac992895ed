import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Load, type Plan, startLoad } from './load.ts';
import { processorMs } from './process-figures.ts';
import type { SpawnedServer } from './server-process.ts';
import { earshot10, earshot11, floor, installedPeers, type Side, syncingFloor } from './sides.ts';
import { median, printTable } from './table.ts';
import type { WireName } from './wires.ts';

const rounds = 5;
const followers = 500;
export const roundMs = 800;

/** A side's server with its load. */
export interface Contender<SideLoad = Load> {
  readonly name: string;
  readonly server: SpawnedServer;
  readonly load: SideLoad;
}

/** Starts a server of each side with its load, does `use`, and takes it all away. */
export async function withContenders<SideLoad extends Pick<Load, 'stop'>>(
  sides: readonly Side[],
  start: (wire: WireName, port: number, isEncrypted?: boolean) => Promise<SideLoad>,
  use: (contenders: readonly Contender<SideLoad>[]) => Promise<void>,
): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'earshot-bench-'));
  const servers: SpawnedServer[] = [];
  const contenders: Contender<SideLoad>[] = [];
  try {
    for (const { name, wire, isEncrypted, start: startServer } of sides) {
      const server = await startServer(await mkdtemp(join(folder, wire)));
      servers.push(server);
      contenders.push({ name, server, load: await start(wire, server.port, isEncrypted) });
    }
    await use(contenders);
  } finally {
    for (const { load } of contenders) await load.stop();
    for (const server of servers) await server.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

/** Connects the followers of one word, and their sender. */
export const startFollowers = (wire: WireName, port: number, isEncrypted?: boolean): Promise<Load> =>
  startLoad({ wire, port, followers, isEncrypted });

export function allSides(): readonly Side[] {
  return [earshot11, earshot10, ...installedPeers(), floor, syncingFloor];
}

/** How many deliveries a second: one message to many followers, many and few messages under way. */
export async function deliveryBench(): Promise<void> {
  await withContenders(allSides(), startFollowers, async (contenders) => {
    for (const window of [64, 1]) {
      await warmUp(contenders, window);
      await compare(contenders, { window, ms: roundMs });
    }
  });
}

export async function warmUp(contenders: readonly Contender[], window: number): Promise<void> {
  for (const { load } of contenders) await load.run({ window, ms: roundMs });
}

export async function compare(contenders: readonly Contender[], plan: Plan): Promise<void> {
  const found = contenders.map((contender) => ({
    ...contender,
    rates: [] as number[],
    serverUs: [] as number[],
    loadUs: [] as number[],
  }));
  for (let round = 0; round < rounds; round++) {
    for (const { server, load, rates, serverUs, loadUs } of found) {
      const before = processorMs(server.pid);
      const { deliveries, ms, cpuMs } = await load.run(plan);
      rates.push(deliveries / (ms / 1000));
      serverUs.push(((processorMs(server.pid) - before) * 1000) / deliveries);
      loadUs.push((cpuMs * 1000) / deliveries);
    }
  }
  const base = median(found[0]?.rates ?? []);
  process.stdout.write(`\n${plan.window} in flight\n\n`);
  printTable(
    [
      'server',
      'deliveries/s (median)',
      'least',
      'most',
      'first row / this',
      'server µs each',
      'load µs each',
    ],
    found.map(({ name, rates, serverUs, loadUs }) => [
      name,
      Math.round(median(rates)),
      Math.round(Math.min(...rates)),
      Math.round(Math.max(...rates)),
      (base / median(rates)).toFixed(2),
      median(serverUs).toFixed(2),
      median(loadUs).toFixed(2),
    ]),
  );
}
