import { randomFillSync } from 'node:crypto';
import { createSocket, type Socket } from 'node:dgram';
import { publicKeyBytes } from '../../src/transport/udp/handshake/key-exchange.ts';
import { helloBytes, writeHello } from '../../src/transport/udp/handshake/messages.ts';
import { connectionIdBytes } from '../../src/transport/udp/packets/packet-header.ts';

/**
 * Says HELLO once from each of very many addresses and ports, as somebody does who forges them, and counts what comes back to
 * them. As fast as it can.
 */
export interface FloodPlan {
  readonly host: string;
  readonly port: number;
  readonly hellos: number;
  /** So many a second, from a thousand sockets, again and again; otherwise each from a socket of its own. */
  readonly rate?: number | undefined;
}

export interface Flooded {
  readonly sentBytes: number;
  readonly answers: number;
  readonly answeredBytes: number;
  readonly ms: number;
}

const atOnce = 500;
const addresses = 250;
/** Answers of a server that is behind come late. */
const batchesOpen = 8;

const { host, port, hellos, rate }: FloodPlan = JSON.parse(process.argv[2] ?? '');
let answers = 0;
let answeredBytes = 0;
let sentBytes = 0;

function random(length: number): Uint8Array {
  return randomFillSync(new Uint8Array(length));
}

/** A socket of one of the addresses, and of a port of its own. */
function openSocket(number: number): Promise<Socket> {
  const { promise, resolve, reject } = Promise.withResolvers<Socket>();
  const socket = createSocket({ type: 'udp4', lookup: (address, _options, done) => done(null, address, 4) });
  socket.on('message', ({ length }) => {
    answers++;
    answeredBytes += length;
  });
  socket.on('error', reject);
  socket.bind(0, `10.77.1.${1 + (number % addresses)}`, () => resolve(socket));
  return promise;
}

function makeHello(): Uint8Array {
  return writeHello({
    connectionId: random(connectionIdBytes),
    token: new Uint8Array(0),
    publicKey: random(publicKeyBytes),
    idleTimeoutMs: 30_000,
  });
}

/** Resolves when it has left. */
async function sayHello(number: number): Promise<Socket> {
  const socket = await openSocket(number);
  await new Promise((resolve) => socket.send(makeHello(), port, host, resolve));
  return socket;
}

/** Also those that the kernel drops count as said. */
async function sayAll(perMs: number): Promise<void> {
  const sockets = await Promise.all(Array.from({ length: 4 * addresses }, (_, i) => openSocket(i)));
  const made = Array.from({ length: 2000 }, makeHello);
  const sinceMs = performance.now();
  for (let said = 0; said < hellos; ) {
    const due = Math.min(hellos, (performance.now() - sinceMs) * perMs, said + 200);
    for (; said < due; said++) {
      sockets[said % sockets.length]?.send(made[said % made.length] ?? makeHello(), port, host);
    }
    // It sleeps when it is not behind: otherwise it would only keep a processor from the server.
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  sentBytes = hellos * helloBytes;
}

const startMs = performance.now();
const open: Socket[][] = [];
if (rate !== undefined) await sayAll(rate / 1000);
for (let said = rate === undefined ? 0 : hellos; said < hellos; said += atOnce) {
  const sockets = await Promise.all(Array.from({ length: atOnce }, (_, i) => sayHello(said + i)));
  sentBytes += atOnce * helloBytes;
  open.push(sockets);
  // Sockets are read only where the loop turns.
  await new Promise((resolve) => setImmediate(resolve));
  if (open.length > batchesOpen) for (const socket of open.shift() ?? []) socket.close();
}
const ms = performance.now() - startMs;
setTimeout(() => {
  const flooded: Flooded = { sentBytes, answers, answeredBytes, ms };
  process.send?.(flooded, () => process.exit());
}, 500);
