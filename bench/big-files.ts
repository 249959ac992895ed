import { createHash, randomFillSync } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, open, rm } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { sharedNowMs, startReceivers } from './file-receivers.ts';
import { residentBytes } from './process-figures.ts';
import { type SpawnedServer, spawnServer } from './server-process.ts';
import { startProgram } from './sides.ts';
import { median, printTable } from './table.ts';

const rounds = 3;
const mebibyte = 1024 * 1024;
const fileBytes = 1024 * mebibyte;

/** A server that a file passes. */
interface Side {
  readonly name: string;
  readonly receiverOpening: string;
  readonly announcement: string;
  start(folder: string): Promise<SpawnedServer>;
  /** Sends the file, and resolves when the server said what it says when it has it. */
  send(socket: Socket, bytes: Uint8Array): Promise<{ readonly beganMs: number; readonly storedMs: number }>;
}

const limits = ['attachmentBytes', 'attachmentBytesPerDay'].flatMap((name) => [
  '--limit',
  `${name}=${fileBytes}`,
]);

const earshot: Side = {
  name: 'earshot',
  receiverOpening: 'REGISTER NAME CHAT/1.0\nFollow: apple\n\n',
  announcement: `ATTACHMENT file.bin CHAT/1.0\nOrigin: sender\nContent-Length: ${fileBytes}\n`,
  start: (folder) => spawnServer(['--data', folder, '--message-rate', '0', ...limits]),
  async send(socket, bytes) {
    const lines = createInterface(socket)[Symbol.asyncIterator]();
    socket.write('REGISTER sender CHAT/1.0\n\n!attach file.bin apple\n');
    await lineWith(lines, 'ATTACH ');
    const beganMs = sharedNowMs();
    socket.write(`Content-Length: ${bytes.length}\n`);
    socket.write(bytes);
    await lineWith(lines, 'distributed');
    return { beganMs, storedMs: sharedNowMs() };
  },
};

const floor: Side = {
  name: 'floor',
  receiverOpening: 'follow\n',
  announcement: '',
  start: () => startProgram('./file-floor.ts'),
  async send(socket, bytes) {
    socket.write('send\n');
    await once(socket, 'data');
    const beganMs = sharedNowMs();
    await new Promise((resolve) => socket.write(bytes, resolve));
    return { beganMs, storedMs: Number.NaN };
  },
};

async function lineWith(lines: AsyncIterator<string>, part: string): Promise<void> {
  for (;;) {
    const { value, done } = await lines.next();
    if (done === true) throw new Error('the sender was closed');
    if (value.startsWith('ERROR')) throw new Error(value);
    if (value.includes(part)) return;
  }
}

/** What one file took; rates in MiB a second to each receiver. */
interface Figures {
  readonly upload: number;
  readonly delivery: number;
  readonly way: number;
  readonly memoryMiB: number;
  readonly sha256: string | undefined;
}

/** A file of 1 GiB to one and to ten receivers, beside what forwarding it without a disk and a hash takes. */
export async function bigFilesBench(): Promise<void> {
  const bytes = randomFillSync(new Uint8Array(fileBytes));
  const { sha256 } = await pass(earshot, 1, bytes, true);
  if (sha256 !== createHash('sha256').update(bytes).digest('hex'))
    throw new Error('1 GiB did not arrive as it was sent');
  const rows: (string | number)[][] = [];
  const diskRates: number[] = [];
  for (const receivers of [1, 10]) {
    const figures = new Map<Side, Figures[]>([earshot, floor].map((side) => [side, []]));
    for (let round = 0; round < rounds; round++) {
      if (receivers === 1) diskRates.push(await diskRate(bytes));
      for (const [side, ofSide] of figures) ofSide.push(await pass(side, receivers, bytes, false));
    }
    const floorRate = median((figures.get(floor) ?? []).map(({ way }) => way));
    for (const [{ name }, ofSide] of figures) rows.push(rowOf(name, receivers, ofSide, floorRate));
  }
  process.stdout.write(`\n1 GiB; the disk alone: ${median(diskRates).toFixed(0)} MiB/s\n\n`);
  printTable(
    [
      'server',
      'receivers',
      ...['upload', 'delivery', 'whole way'].map((what) => `${what} MiB/s (to floor)`),
    ].concat('memory +MiB'),
    rows,
  );
}

function rowOf(
  name: string,
  receivers: number,
  figures: readonly Figures[],
  floorRate: number,
): (string | number)[] {
  const rate = (rates: readonly number[]): string => {
    const middle = median(rates);
    return Number.isNaN(middle) ? '' : `${middle.toFixed(0)} (${(middle / floorRate).toFixed(2)})`;
  };
  return [
    name,
    receivers,
    rate(figures.map(({ upload }) => upload)),
    rate(figures.map(({ delivery }) => delivery)),
    rate(figures.map(({ way }) => way)),
    Math.max(...figures.map(({ memoryMiB }) => memoryMiB)).toFixed(0),
  ];
}

/** MiB a second that the disk takes when they are written and synced by the MiB, and nothing else is done. */
async function diskRate(bytes: Uint8Array): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), 'earshot-bench-'));
  try {
    const beganMs = sharedNowMs();
    const file = await open(join(folder, 'file'), 'wx');
    for (let at = 0; at < bytes.length; at += mebibyte) {
      await file.write(bytes, at, mebibyte, at);
      await file.datasync();
    }
    await file.close();
    return bytes.length / mebibyte / ((sharedNowMs() - beganMs) / 1000);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** One file through a server that was just started, so that what it keeps of the last one is not in the figures. */
async function pass(side: Side, receivers: number, bytes: Uint8Array, isHashed: boolean): Promise<Figures> {
  const folder = await mkdtemp(join(tmpdir(), 'earshot-bench-'));
  const server = await side.start(folder);
  const { port, pid } = server;
  let maxMemory = 0;
  let watch: NodeJS.Timeout | undefined;
  try {
    const { receiverOpening: opening, announcement } = side;
    const options = { port, receivers, opening, announcement, bytes: fileBytes, isHashed };
    const load = await startReceivers(options);
    const socket = connect({ port, host: '127.0.0.1', noDelay: true });
    await once(socket, 'connect');
    const memoryBefore = residentBytes(pid);
    watch = setInterval(() => {
      maxMemory = Math.max(maxMemory, residentBytes(pid));
    }, 20);
    const [{ beganMs, storedMs }, { firstMs, lastMs, sha256 }] = await Promise.all([
      side.send(socket, bytes),
      load.received,
    ]);
    const rate = (fromMs: number, toMs: number): number => bytes.length / mebibyte / ((toMs - fromMs) / 1000);
    await load.stop();
    socket.destroy();
    return {
      upload: rate(beganMs, storedMs),
      // The floor delivers while it is sent to.
      delivery: Number.isNaN(storedMs) ? Number.NaN : rate(firstMs, lastMs),
      way: rate(beganMs, lastMs),
      memoryMiB: (maxMemory - memoryBefore) / mebibyte,
      sha256,
    };
  } finally {
    clearInterval(watch);
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  }
}
