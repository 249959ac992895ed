import { randomFillSync } from 'node:crypto';
import { createSocket, type Socket } from 'node:dgram';
import { publicKeyBytes } from '../../src/transport/udp/handshake/key-exchange.ts';
import { writeHello } from '../../src/transport/udp/handshake/messages.ts';
import { connectionIdBytes } from '../../src/transport/udp/packets/packet-header.ts';

/**
 * Says HELLO once from each of very many addresses and ports, as somebody does who forges them, and counts what comes back to
 * them. As fast as it can.
 */
export interface FloodPlan {
  readonly host: string;
  readonly port: number;
  readonly hellos: number;
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

const { host, port, hellos }: FloodPlan = JSON.parse(process.argv[2] ?? '');
let answers = 0;
let answeredBytes = 0;

function random(length: number): Uint8Array {
  return randomFillSync(new Uint8Array(length));
}

/** A HELLO from a port of its own; resolves when it has left. */
function sayHello(number: number): Promise<Socket> {
  const { promise, resolve, reject } = Promise.withResolvers<Socket>();
  const socket = createSocket({ type: 'udp4', lookup: (address, _options, done) => done(null, address, 4) });
  socket.on('message', ({ length }) => {
    answers++;
    answeredBytes += length;
  });
  socket.on('error', reject);
  socket.bind(0, `10.77.1.${1 + (number % addresses)}`, () => {
    const hello = writeHello({
      connectionId: random(connectionIdBytes),
      token: new Uint8Array(0),
      publicKey: random(publicKeyBytes),
      idleTimeoutMs: 30_000,
    });
    socket.send(hello, port, host, () => resolve(socket));
  });
  return promise;
}

const startMs = performance.now();
const open: Socket[][] = [];
let sentBytes = 0;
for (let said = 0; said < hellos; said += atOnce) {
  const sockets = await Promise.all(Array.from({ length: atOnce }, (_, i) => sayHello(said + i)));
  sentBytes += atOnce * 1200;
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
