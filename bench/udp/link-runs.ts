import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Link, type LinkOptions } from './link.ts';
import type { SideName } from './peers.ts';
import { nodeForKcp, Transfer, type Transferred } from './transfer.ts';

/** The link of the bench: 50 Mbit/s, 40 ms there and back, a queue of one bandwidth-delay product. */
export const mbitPerSecond = 50;
const delayMs = 20;
const queueBytes = (mbitPerSecond / 8) * 1000 * 2 * delayMs;
/** What a packet of 1500 bytes can carry at best, as the study counts it that the goals are from. */
const payloadShare = 1436 / 1500;
/** Heads of IPv4 and UDP; of IPv4 and TCP with timestamps. */
const udpHeads = 28;
const tcpHeads = 52;

export interface Found {
  /** Bytes of the file that arrived, in order, in Mbit/s; and of what the link can carry, from 0 to 1. */
  readonly goodput: number;
  readonly share: number;
  /** Bytes sent (heads of IP and UDP or TCP apart) for each that arrived, times what a link without loss would take. */
  readonly sent: number;
  readonly transferred: Transferred;
}

const udxPackage = fileURLToPath(new URL('./node_modules/udx-native/package.json', import.meta.url));

/** Why a side cannot take part; undefined when it can. */
export async function whyNot(side: SideName, program: string): Promise<string | undefined> {
  if (side === 'ours') return undefined;
  const missing = 'not installed: npm ci --prefix bench/udp';
  if (side === 'kcp') return nodeForKcp() === undefined ? missing : undefined;
  if (side === 'udx') return existsSync(udxPackage) ? undefined : missing;
  const link = await Link.start(program, linkOf(0, 1));
  try {
    return link.useTcp(0, side);
  } finally {
    await link.close();
  }
}

function linkOf(loss: number, seed: number): LinkOptions {
  return { mbitPerSecond, delayMs, queueBytes, loss, seed };
}

export interface RunOptions {
  /** A pair of sender and receiver each, all at the same time. */
  readonly sides: readonly SideName[];
  readonly loss: number;
  readonly seed: number;
  readonly ms: number;
}

/** Runs files with lines beside them over a new link. One result for each of `sides`. */
export async function runOverLink(program: string, options: RunOptions): Promise<readonly Found[]> {
  const { sides, loss, seed, ms } = options;
  const link = await Link.start(program, linkOf(loss, seed));
  try {
    const transfers: Transfer[] = [];
    for (const [i, side] of sides.entries()) {
      if (side === 'cubic' || side === 'bbr') for (const end of [0, 1] as const) link.useTcp(end, side);
      transfers.push(await Transfer.prepare(link, side, 7000 + i));
    }
    const [before] = await link.counts();
    for (const transfer of transfers) await transfer.begin();
    await new Promise((resolve) => setTimeout(resolve, ms));
    const [after] = await link.counts();
    const found = await Promise.all(transfers.map((transfer) => transfer.finish()));
    const heads = sides[0] === 'cubic' || sides[0] === 'bbr' ? tcpHeads : udpHeads;
    const bytes = after.offeredBytes - before.offeredBytes - heads * (after.offered - before.offered);
    const all = found.reduce((sum, { fileBytes }) => sum + fileBytes, 0);
    return found.map((transferred) => {
      const goodput = (transferred.fileBytes * 8) / transferred.ms / 1000;
      return {
        goodput,
        share: goodput / (mbitPerSecond * (1 - loss) * payloadShare),
        sent: (bytes / all) * (1 - loss),
        transferred,
      };
    });
  } finally {
    await link.close();
  }
}
