import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { median, printTable } from './table.ts';

import type {
  LoopbackReport,
  LoopbackRequest,
  LoopbackSetup,
  LoopbackSide,
} from './udp/loopback-messages.ts';
import { lineBytes } from './udp/peers.ts';

/**
 * `npm run bench -- udp-loopback [ROUNDS]`: what a line and a byte cost on loopback, over the transport, over TCP, and
 * in bare datagrams that are sealed and nothing else: the floor in Node. Lines of 200 bytes, one every millisecond to
 * each of ten clients with an association (a connection) of its own; a file to one. Exits with 1 when a goal is missed.
 */
const sides = ['ours', 'tcp', 'bare'] as const;

const clients = 10;
const usualRounds = 5;
const roundMs = 4000;
const goals = { gigabit: 0.6, lineTimesTcp: 1.5 } as const;
const program = fileURLToPath(new URL('./udp/loopback-peer.ts', import.meta.url));
const titles = { ours: 'earshot UDP', tcp: 'TCP', bare: 'bare datagrams' } as const;

type Counted = Extract<LoopbackReport, { kind: 'counted' }>;

async function start(setup: LoopbackSetup): Promise<[ChildProcess, number]> {
  const peer = fork(program, [JSON.stringify(setup)]);
  const [report] = (await once(peer, 'message')) as [LoopbackReport];
  return [peer, report.kind === 'listening' ? report.port : 0];
}

async function ask(peer: ChildProcess, request: LoopbackRequest): Promise<Counted> {
  const answer = once(peer, 'message');
  peer.send(request);
  return (await answer)[0] as Counted;
}

interface Cost {
  readonly bytes: number;
  readonly ms: number;
  /** Processor time of the server, which sends, and of the clients. */
  readonly processorMs: readonly [number, number];
}

async function run(side: LoopbackSide, what: 'file' | 'lines', ms: number): Promise<Cost> {
  const count = what === 'file' ? 1 : clients;
  const [server, port] = await start({ side, role: 'server', port: 0, clients: count });
  const [receivers] = await start({ side, role: 'clients', port, clients: count });
  try {
    await ask(server, what);
    // What Node compiles meanwhile does not count.
    await new Promise((resolve) => setTimeout(resolve, ms / 3));
    const before = [await ask(server, 'count'), await ask(receivers, 'count')] as const;
    await new Promise((resolve) => setTimeout(resolve, ms));
    const after = [await ask(server, 'count'), await ask(receivers, 'count')] as const;
    await ask(server, 'stop');
    const grown = (end: 0 | 1): number => after[end].processorMs - before[end].processorMs;
    return {
      bytes: after[1].received - before[1].received,
      ms: after[1].atMs - before[1].atMs,
      processorMs: [grown(0), grown(1)],
    };
  } finally {
    for (const peer of [server, receivers]) {
      const gone = once(peer, 'exit');
      peer.disconnect();
      await gone;
    }
  }
}

export async function udpLoopbackBench(...args: string[]): Promise<void> {
  const rounds = Number(args[0] ?? usualRounds);
  const ms = roundMs;
  const files = new Map<LoopbackSide, Cost[]>();
  const lines = new Map<LoopbackSide, Cost[]>();
  for (let round = 0; round < rounds; round++) {
    for (const side of sides) {
      const add = (to: Map<LoopbackSide, Cost[]>, cost: Cost): void =>
        void to.set(side, [...(to.get(side) ?? []), cost]);
      add(lines, await run(side, 'lines', ms));
      // Without acknowledgements there is no knowing how fast a file may be sent.
      if (side !== 'bare') add(files, await run(side, 'file', ms));
    }
  }
  const lineUs = (side: LoopbackSide, ends: readonly (0 | 1)[]): number =>
    median(
      (lines.get(side) ?? []).map(({ bytes, processorMs }) => {
        const all = ends.reduce<number>((sum, end) => sum + processorMs[end], 0);
        return (all * 1000) / (bytes / lineBytes);
      }),
    );
  const gigabit = (side: LoopbackSide): number =>
    median((files.get(side) ?? []).map(({ bytes, ms: took }) => (bytes * 8) / took / 1e6));
  const megabyteMs = (side: LoopbackSide, end: 0 | 1): string =>
    median((files.get(side) ?? []).map(({ bytes, processorMs }) => processorMs[end] / (bytes / 1e6))).toFixed(
      2,
    );
  printTable(
    ['side', 'line µs: sender', 'receiver', 'both', 'x TCP', 'file Gbit/s', 'ms/MB: sender', 'receiver'],
    sides.map((side) => [
      titles[side],
      lineUs(side, [0]).toFixed(1),
      lineUs(side, [1]).toFixed(1),
      lineUs(side, [0, 1]).toFixed(1),
      (lineUs(side, [0, 1]) / lineUs('tcp', [0, 1])).toFixed(2),
      ...(side === 'bare'
        ? ['', '', '']
        : [gigabit(side).toFixed(2), megabyteMs(side, 0), megabyteMs(side, 1)]),
    ]),
  );
  const times = lineUs('ours', [0, 1]) / lineUs('tcp', [0, 1]);
  const isReached = gigabit('ours') >= goals.gigabit && times <= goals.lineTimesTcp;
  process.stdout.write(`\nGoals ${isReached ? 'reached' : 'MISSED'}: ${JSON.stringify(goals)}\n`);
  if (!isReached) process.exitCode = 1;
}
