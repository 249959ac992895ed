import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { residentBytes } from './process-figures.ts';
import { type SpawnedServer, spawnServer } from './server-process.ts';
import { percentile, printTable } from './table.ts';

const worker = fileURLToPath(new URL('./attack-worker.ts', import.meta.url));
const attackSeconds = 6;
const mebibyte = 1024 * 1024;

/**
 * What an attack of one client does to two bystanders who chat and PING: `npm run bench -- attacks [ATTACK]`. With
 * `SERVER=FOLDER` against the server of another checkout.
 */
export async function attacksBench(): Promise<void> {
  const all = JSON.parse(String(execFileSync(process.execPath, [worker, 'list']))) as string[];
  const [, wanted] = process.argv.slice(2);
  const rows: string[][] = [];
  for (const name of all.filter((one) => wanted === undefined || one === wanted)) {
    process.stderr.write(`${name} …\n`);
    rows.push([name, ...(await attacked(name))]);
  }
  printTable(
    [
      'attack',
      'sent',
      'lost',
      'chat p99 ms',
      'chat worst ms',
      'PING p99 ms',
      'PING worst ms',
      'MiB before, peak, after',
      'fds before, after',
    ],
    rows,
  );
}

async function attacked(name: string): Promise<string[]> {
  const folder = await mkdtemp(join(tmpdir(), 'earshot-bench-'));
  const server = await spawnServer(['--data', folder], process.env.SERVER);
  try {
    return await measured(name, server);
  } catch (error) {
    return [`the server died (${error instanceof Error ? error.message : error})`];
  } finally {
    await server.stop().catch(() => {});
    await rm(folder, { recursive: true, force: true });
  }
}

async function measured(name: string, server: SpawnedServer): Promise<string[]> {
  const bystanders = await Bystanders.join(server.port);
  const before = figures(server.pid);
  let peak = 0;
  const watch = setInterval(() => {
    try {
      peak = Math.max(peak, residentBytes(server.pid));
    } catch {
      // It died; who asks it hears of that.
    }
  }, 50);
  bystanders.begin();
  const child = spawn(process.execPath, [worker, name, String(server.port), String(attackSeconds)]);
  await once(child, 'close');
  await bystanders.end();
  clearInterval(watch);
  await new Promise((resolve) => setTimeout(resolve, 3_000));
  const after = figures(server.pid);
  const { sent, chat, pings } = bystanders;
  const worst = (values: readonly number[]): string => Math.max(0, ...values).toFixed(0);
  return [
    String(sent),
    String(sent - chat.length),
    percentile(chat, 0.99).toFixed(0),
    worst(chat),
    percentile(pings, 0.99).toFixed(0),
    worst(pings),
    [before.bytes, peak, after.bytes].map((bytes) => (bytes / mebibyte).toFixed(0)).join(', '),
    `${before.descriptors}, ${after.descriptors}`,
  ];
}

function figures(pid: number): { bytes: number; descriptors: number } {
  return { bytes: residentBytes(pid), descriptors: readdirSync(`/proc/${pid}/fd`).length };
}

/** Two who chat, seven messages a second, and one who asks for an answer twenty times a second. */
class Bystanders {
  readonly chat: number[] = [];
  readonly pings: number[] = [];
  sent = 0;
  readonly #alice: Socket;
  readonly #pinger: Socket;
  readonly #sentMs = new Map<string, number>();
  #askedMs: number | undefined;
  #timers: NodeJS.Timeout[] = [];

  private constructor(alice: Socket, bob: Socket, pinger: Socket) {
    this.#alice = alice;
    this.#pinger = pinger;
    createInterface(bob).on('line', (line) => {
      const sentMs = this.#sentMs.get(line);
      if (sentMs !== undefined) this.chat.push(performance.now() - sentMs);
      this.#sentMs.delete(line);
    });
    createInterface(pinger).on('line', (line) => {
      if (line !== '200 Pong' || this.#askedMs === undefined) return;
      this.pings.push(performance.now() - this.#askedMs);
      this.#askedMs = undefined;
    });
  }

  static async join(port: number): Promise<Bystanders> {
    const sockets: Socket[] = [];
    for (const hello of ['alice CHAT/1.0\n\n', 'bob CHAT/1.0\n\n', 'pinger CHAT/1.1\n\n']) {
      const socket = connect({ port, host: '127.0.0.1', noDelay: true }).on('error', () => {});
      socket.write(`REGISTER ${hello}`);
      await once(socket, 'data');
      sockets.push(socket);
    }
    const [alice, bob, pinger] = sockets as [Socket, Socket, Socket];
    alice.on('data', () => {});
    return new Bystanders(alice, bob, pinger);
  }

  begin(): void {
    this.#timers = [setInterval(() => this.#say(), 150), setInterval(() => this.#ping(), 50)];
  }

  /** Waits some seconds for what is on its way. */
  async end(): Promise<void> {
    for (const timer of this.#timers) clearInterval(timer);
    const endMs = performance.now() + 10_000;
    while (this.#sentMs.size > 0 && performance.now() < endMs)
      await new Promise((resolve) => setTimeout(resolve, 20));
  }

  #say(): void {
    const text = `hello @bob ${this.sent++}`;
    this.#sentMs.set(`@alice: ${text}`, performance.now());
    this.#alice.write(`${text}\n`);
  }

  #ping(): void {
    if (this.#askedMs !== undefined) return;
    this.#askedMs = performance.now();
    this.#pinger.write('PING CHAT/1.1\n\n');
  }
}
