import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bigFilesBench } from './big-files.ts';
import { type Chat, startChat } from './chat.ts';
import { residentBytes } from './process-figures.ts';
import { spawnServer } from './server-process.ts';
import { median, percentile, printTable } from './table.ts';

const rounds = 5;
const mebibyte = 1024 * 1024;
const sizes = [0, 1, mebibyte, 100 * mebibyte];

/** Files to two receivers while two others chat: whether they arrive, and what the chat and the memory feel. */
export async function filesBench(): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'earshot-bench-'));
  const limits = `attachmentBytesPerDay=${100 * 1024 * mebibyte}`;
  const server = await spawnServer(['--data', folder, '--message-rate', '0', '--limit', limits]);
  try {
    const sender = await register(server.port, 'sender', '\n');
    const receivers = await Promise.all(
      ['r1', 'r2'].map((name) => register(server.port, name, 'Follow: apple\n\n')),
    );
    const chat = await startChat(server.port);
    const memoryBefore = residentBytes(server.pid);
    const rows: (string | number)[][] = [];
    for (const size of sizes)
      rows.push(await measure(sender, receivers, chat, size, server.pid, memoryBefore));
    await chat.stop();
    printTable(
      ['file', 'MiB/s to each of 2', 'identical', 'chat p50 ms', 'chat p99 ms', 'chat max ms', 'memory +MiB'],
      rows,
    );
    for (const { socket } of [sender, ...receivers]) socket.destroy();
  } finally {
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  }
  await bigFilesBench();
}

async function measure(
  sender: Client,
  receivers: readonly Client[],
  chat: Chat,
  size: number,
  pid: number,
  memoryBefore: number,
): Promise<(string | number)[]> {
  const bytes = randomBytes(size);
  const hash = createHash('sha256').update(bytes).digest('hex');
  const rates: number[] = [];
  let identical = 0;
  let maxMemory = 0;
  await chat.takeDelays();
  for (let round = 0; round < rounds; round++) {
    const watch = setInterval(() => {
      maxMemory = Math.max(maxMemory, residentBytes(pid));
    }, 20);
    const before = performance.now();
    sender.socket.write('!attach file.bin apple\n');
    await sender.line();
    sender.socket.write(`Content-Length: ${size}\n`);
    sender.socket.write(bytes);
    const got = await Promise.all(receivers.map((receiver) => receiver.file()));
    const seconds = (performance.now() - before) / 1000;
    await sender.line();
    for (const { socket } of [sender, ...receivers])
      if (socket.destroyed) throw new Error('a client was closed');
    clearInterval(watch);
    maxMemory = Math.max(maxMemory, residentBytes(pid));
    identical += got.filter((other) => other === hash).length;
    rates.push(size / mebibyte / seconds);
  }
  const delays = await chat.takeDelays();
  return [
    `${size} B`,
    median(rates).toFixed(1),
    `${identical} of ${rounds * receivers.length}`,
    median(delays).toFixed(2),
    percentile(delays, 0.99).toFixed(2),
    Math.max(...delays).toFixed(2),
    ((maxMemory - memoryBefore) / mebibyte).toFixed(1),
  ];
}

/** A line client that hashes files as they come instead of keeping them. */
class Client {
  readonly socket: Socket;
  #text = Buffer.alloc(0);
  #fileBytes = 0;
  #hash = createHash('sha256');
  #changed: (() => void) | undefined;

  constructor(socket: Socket) {
    this.socket = socket;
    socket.on('data', (chunk: Buffer) => {
      const file = chunk.subarray(0, this.#fileBytes);
      if (file.length > 0) this.#hash.update(file);
      this.#fileBytes -= file.length;
      this.#text = Buffer.concat([this.#text, chunk.subarray(file.length)]);
      this.#changed?.();
    });
  }

  async line(): Promise<string> {
    let end = this.#text.indexOf(10);
    while (end < 0) {
      await this.#change();
      end = this.#text.indexOf(10);
    }
    const line = this.#text.subarray(0, end).toString();
    this.#text = this.#text.subarray(end + 1);
    return line;
  }

  /** The SHA-256 of the next file. */
  async file(): Promise<string> {
    let length: number | undefined;
    while (length === undefined) {
      const [, digits] = /^Content-Length: ([0-9]+)$/.exec(await this.line()) ?? [];
      if (digits !== undefined) length = Number(digits);
    }
    const here = this.#text.subarray(0, length);
    this.#hash = createHash('sha256').update(here);
    this.#text = this.#text.subarray(here.length);
    this.#fileBytes = length - here.length;
    while (this.#fileBytes > 0) await this.#change();
    return this.#hash.digest('hex');
  }

  #change(): Promise<void> {
    return new Promise((resolve) => {
      this.#changed = resolve;
    });
  }
}

async function register(port: number, name: string, opening: string): Promise<Client> {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true });
  await once(socket, 'connect');
  const client = new Client(socket);
  socket.write(`REGISTER ${name} CHAT/1.0\n${opening}`);
  await client.line();
  return client;
}
