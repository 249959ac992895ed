import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Those who use the server while it is attacked, in a process of their own, so that no work of the bench is in the
 * figures: `attack-bystanders.ts WHERE`, as JSON. Says `'ready'` when all are there, begins when it is told `'begin'`, and
 * answers `'end'` with its `Findings`.
 */
export interface Where {
  readonly host: string;
  readonly port: number;
  /** The address of this machine that they come from. */
  readonly address: string;
  /** The name of the account that logs in. */
  readonly account: string;
}

/** Times in milliseconds. */
export interface Findings {
  /** Messages that alice sent, and how long each took to bob; those that did not come are missing. */
  readonly sent: number;
  readonly chat: readonly number[];
  /** From a PING to its answer; of one that got none, how long that was waited for. */
  readonly pings: readonly number[];
  /** From dialling to being logged in. */
  readonly logins: readonly number[];
  /** Logins with another answer, and with none. */
  readonly refused: number;
  readonly failed: number;
}

const chatEveryMs = 150;
const pingEveryMs = 50;
const logInEveryMs = 500;
/** What is on its way when the attack is over is waited for this long, and every answer before it begins. */
const patienceMs = 10_000;
/** Logins before anything is measured: what they leave with the system's allocator is no attack's doing. */
const warmingLogins = 12;
const password = 'battery staple';

const where = JSON.parse(process.argv[2] ?? '{}') as Where;

const open = (hello: string): Socket => {
  const { host, port, address } = where;
  const socket = connect({ host, port, localAddress: address, noDelay: true }).on('error', () => {});
  socket.write(hello);
  return socket;
};

/** The connection, when its first answer has come. */
async function register(hello: string): Promise<Socket> {
  const socket = open(`REGISTER ${hello}`);
  const [answer] = await once(socket, 'data', { signal: AbortSignal.timeout(patienceMs) });
  if (!String(answer).startsWith('200')) throw new Error(`a bystander was answered: ${answer}`);
  return socket;
}

const alice = await register('alice CHAT/1.0\n\n');
const bob = await register('bob CHAT/1.0\n\n');
const pinger = await register('pinger CHAT/1.1\n\n');
const owner = await register(`${where.account} CHAT/1.1\nPassword: ${password}\n\n`);
owner.destroy();
const logInRequest = `LOGIN ${where.account} CHAT/1.1\nPassword: ${password}\n\n`;
for (let times = 0; times < warmingLogins; times++) {
  const socket = open(logInRequest);
  await once(socket, 'data', { signal: AbortSignal.timeout(patienceMs) });
  socket.destroy();
}

const chat: number[] = [];
const pings: number[] = [];
const logins: number[] = [];
let sent = 0;
let refused = 0;
let failed = 0;
/** What was said and has not come, with when. */
const underWay = new Map<string, number>();
let askedMs: number | undefined;
const loggingIn = new Set<Socket>();

alice.on('data', () => {});
createInterface(bob).on('line', (line) => {
  const sentMs = underWay.get(line);
  if (sentMs !== undefined) chat.push(performance.now() - sentMs);
  underWay.delete(line);
});
createInterface(pinger).on('line', (line) => {
  if (line === '200 Pong') ponged();
});

function say(): void {
  const text = `hello @bob ${sent++}`;
  underWay.set(`@alice: ${text}`, performance.now());
  alice.write(`${text}\n`);
}

function ping(): void {
  if (askedMs !== undefined) return;
  askedMs = performance.now();
  pinger.write('PING CHAT/1.1\n\n');
}

function ponged(): void {
  if (askedMs !== undefined) pings.push(performance.now() - askedMs);
  askedMs = undefined;
}

function logIn(): void {
  const beganMs = performance.now();
  const socket = open(logInRequest);
  loggingIn.add(socket);
  socket.once('data', (bytes) => {
    loggingIn.delete(socket);
    if (String(bytes).startsWith('200')) logins.push(performance.now() - beganMs);
    else refused++;
    socket.resume().end('DISCONNECT CHAT/1.1\n\n');
  });
  socket.once('close', () => {
    if (loggingIn.delete(socket)) failed++;
  });
}

let timers: NodeJS.Timeout[] = [];

function begin(): void {
  timers = [setInterval(say, chatEveryMs), setInterval(ping, pingEveryMs), setInterval(logIn, logInEveryMs)];
}

async function end(): Promise<Findings> {
  for (const timer of timers) clearInterval(timer);
  const endMs = performance.now() + patienceMs;
  while ((underWay.size > 0 || loggingIn.size > 0 || askedMs !== undefined) && performance.now() < endMs) {
    await sleep(20);
  }
  ponged();
  return { sent, chat, pings, logins, refused, failed: failed + loggingIn.size };
}

process.on('message', async (what) => {
  if (what === 'begin') begin();
  else process.send?.(await end());
});
process.on('disconnect', () => process.exit());
process.send?.('ready');
