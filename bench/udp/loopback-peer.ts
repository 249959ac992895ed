import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { Connection } from '../../src/transport/connection.ts';
import { dialUdp } from '../../src/transport/udp/sockets/dial-udp.ts';
import { listenUdp } from '../../src/transport/udp/sockets/listen-udp.ts';
import { receiveBare, sendBare } from './bare-datagrams.ts';
import type { LoopbackReport, LoopbackRequest, LoopbackSetup } from './loopback-messages.ts';
import { lineBytes } from './peers.ts';

/**
 * The program of one end on loopback: a server to which clients connect, or those clients, each with a connection of its
 * own. Asked to send, the server sends lines to all clients, one every millisecond each, or a file to the first. Ends with
 * the bench.
 */
const setup: LoopbackSetup = JSON.parse(process.argv[2] ?? '');
const host = '127.0.0.1';
const fileAtOnce = 256 * 1024;

process.on('disconnect', () => process.exit());

interface Writer {
  write(bytes: Uint8Array): void;
  readonly isFull: boolean;
}

let received = 0;
const onData = (chunk: Uint8Array): void => {
  received += chunk.length;
};
const writers: Writer[] = [];
let onDrain = (): void => {};

function addConnection(connection: Connection): void {
  connection.attach({ onData, onDrain: () => onDrain(), onEnd() {}, onClose() {} });
  writers.push({
    write: (bytes) => connection.write(bytes),
    get isFull() {
      return connection.unsentBytes > 0;
    },
  });
}

/** Returns the port, and the key of ours. */
async function listen(): Promise<{ port: number; key: string }> {
  if (setup.side === 'ours') {
    const secret = new Uint8Array(32).fill(9);
    const { port, publicKey } = await listenUdp({ host, port: 0, secret }, addConnection);
    return { port, key: Buffer.from(publicKey).toString('hex') };
  }
  if (setup.side === 'bare') return { port: await sendBare(host, writers), key: '' };
  const server = createServer({ noDelay: true }, (socket) => {
    socket.on('data', onData);
    socket.on('drain', () => onDrain());
    writers.push({
      write: (bytes) => socket.write(bytes),
      get isFull() {
        return socket.writableNeedDrain;
      },
    });
  });
  await once(server.listen(0, host), 'listening');
  return { port: (server.address() as { port: number }).port, key: '' };
}

async function dial(port: number): Promise<void> {
  if (setup.side === 'ours') {
    addConnection(await dialUdp({ host, port, isTrusted: () => true }));
  } else if (setup.side === 'bare') await receiveBare(host, port, onData);
  else {
    const socket = connect({ host, port, noDelay: true });
    socket.on('data', onData);
    await once(socket, 'connect');
  }
}

let isSending = false;

function sendFile(): void {
  const piece = new Uint8Array(fileAtOnce);
  const [writer] = writers;
  const fill = (): void => {
    while (isSending && writer !== undefined && !writer.isFull) writer.write(piece);
  };
  onDrain = fill;
  fill();
}

function sendLines(): void {
  const line = new Uint8Array(lineBytes);
  // Ticks that are late are left out: several lines at once would be cheaper.
  const timer = setInterval(() => {
    if (!isSending) clearInterval(timer);
    for (const writer of writers) writer.write(line);
  }, 1);
}

function report(message: LoopbackReport): void {
  process.send?.(message);
}

/** A client is there a moment before the server knows of it. */
async function begin(send: () => void): Promise<void> {
  while (writers.length < setup.clients) await new Promise((resolve) => setImmediate(resolve));
  isSending = true;
  send();
}

process.on('message', async (request: LoopbackRequest) => {
  if (request === 'file') await begin(sendFile);
  else if (request === 'lines') await begin(sendLines);
  else if (request === 'stop') isSending = false;
  const { user, system } = process.cpuUsage();
  report({ kind: 'counted', received, processorMs: (user + system) / 1000, atMs: performance.now() });
});

if (setup.role === 'server') report({ kind: 'listening', ...(await listen()) });
else {
  for (let i = 0; i < setup.clients; i++) await dial(setup.port);
  report({ kind: 'listening', port: 0, key: '' });
}
