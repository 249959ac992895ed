import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { performance } from 'node:perf_hooks';
import { connect as connectTls } from 'node:tls';
import { parentPort, workerData } from 'node:worker_threads';
import { DelayHistogram } from './delay-histogram.ts';
import type { LoadOptions, Outcome, Plan } from './load.ts';
import { FrameReader, maskedFrame, upgradeRequest } from './web-frames.ts';
import { textBytes, topic, type Wire, wires } from './wires.ts';

/**
 * The thread of a `Load`. To cost less than what it measures it counts bytes, of which it knows how many each message
 * has: a read that brings twenty messages costs hardly more than one that brings one. Only the first follower looks
 * at the texts.
 */
const { wire: wireName, port, followers: count, isEncrypted = false } = workerData as LoadOptions;
const wire: Wire = wires[wireName];

/** More than ever are under way at once. */
const ringSlots = 4096;
const connectingAtOnce = wire.connectingAtOnce ?? 500;
const patienceMs = 20_000;

interface Follower {
  /** Texts before the first message; undefined from then on. */
  said: string | undefined;
  whenSaid: (said: string) => void;
  /** Messages it has, and bytes of the next one. */
  received: number;
  bytes: number;
}

const followers: Follower[] = [];
/** By message number modulo `ringSlots`. */
const sentAt = new Float64Array(ringSlots);
const sizes = new Float64Array(ringSlots);
const receivers = new Uint32Array(ringSlots);
let sizeOf: (n: number) => number = () => 0;
let sent = 0;
let complete = 0;
let histogram = new DelayHistogram();
let toAllMs: number[] = [];
/** Sends what may be sent now. */
let pump: () => void = () => {};
let fail: (error: Error) => void = (error) => {
  throw error;
};

function onBytes(follower: Follower, bytes: Uint8Array): void {
  if (follower.said !== undefined) {
    follower.said += Buffer.from(bytes).toString('latin1');
    follower.whenSaid(follower.said);
    return;
  }
  if (follower === followers[0]) readTexts(bytes);
  follower.bytes += bytes.length;
  const now = performance.now();
  const completeBefore = complete;
  while (follower.received < sent) {
    const slot = follower.received % ringSlots;
    const size = sizes[slot] ?? 0;
    if (follower.bytes < size) break;
    follower.bytes -= size;
    follower.received++;
    const delayMs = now - (sentAt[slot] ?? 0);
    histogram.add(delayMs);
    receivers[slot] = (receivers[slot] ?? 0) + 1;
    if (receivers[slot] === count) {
      complete++;
      toAllMs.push(delayMs);
    }
  }
  if (complete !== completeBefore) pump();
}

const number = new RegExp(`${topic} ([0-9]{8}) `, 'g');
let unread = '';
let nextText = 0;

/** Every text must come, in order. */
function readTexts(bytes: Uint8Array): void {
  unread += Buffer.from(bytes).toString('latin1');
  let end = 0;
  for (const found of unread.matchAll(number)) {
    const [, digits] = found;
    if (Number(digits) !== nextText) fail(new Error(`message ${digits} came in place of ${nextText}`));
    nextText++;
    end = found.index + found[0].length;
  }
  unread = unread.slice(Math.max(end, unread.length - textBytes));
}

const published = (text: string): string =>
  wire.isWeb === true ? maskedFrame(wire.publish(text)) : wire.publish(text);

const textOf = (n: number | string): string =>
  `${topic} ${String(n).padStart(8, '0')} is what this one is about, and about more`.padEnd(textBytes, '.');

/** A connection that is ready for messages. */
async function join(greeting: string): Promise<{ socket: Socket; follower: Follower }> {
  const follower: Follower = { said: '', whenSaid: () => {}, received: 0, bytes: 0 };
  const frames = wire.isWeb === true ? new FrameReader() : undefined;
  const callback = (length: number, buffer: Uint8Array): boolean => {
    const bytes = buffer.subarray(0, length);
    if (frames === undefined) onBytes(follower, bytes);
    else frames.read(bytes, (part) => onBytes(follower, part));
    return true;
  };
  const options = { port, host: '127.0.0.1', noDelay: true, onread: { buffer: pieces, callback } };
  const socket = isEncrypted ? connectTls({ ...options, rejectUnauthorized: false }) : connect(options);
  socket.on('close', () =>
    fail(new Error(`${wireName}: the server closed a connection to which it said: ${follower.said}`)),
  );
  await once(socket, isEncrypted ? 'secureConnect' : 'connect');
  socket.write(frames === undefined ? greeting : upgradeRequest + maskedFrame(greeting), 'latin1');
  await until(follower, (said) => wire.isReady(said));
  return { socket, follower };
}

/** All sockets read into the same memory, as nothing is kept of it. */
const pieces = Buffer.alloc(64 * 1024);

function until(follower: Follower, isEnough: (said: string) => boolean): Promise<string> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(
      () => reject(new Error(`${wireName}: the server said only: ${follower.said}`)),
      patienceMs,
    );
    follower.whenSaid = (said) => {
      if (!isEnough(said)) return;
      clearTimeout(timer);
      follower.whenSaid = () => {};
      resolve(said);
    };
    follower.whenSaid(follower.said ?? '');
  });
}

async function joinFollowers(): Promise<number> {
  const before = performance.now();
  let next = 0;
  await Promise.all(
    Array.from({ length: connectingAtOnce }, async () => {
      for (let i = next++; i < count; i = next++) {
        const { follower } = await join(wire.follow(`f${i}`));
        followers.push(follower);
      }
    }),
  );
  return performance.now() - before;
}

/** The first message: behind it nothing comes that is not one. */
async function beginCounting(sender: Socket): Promise<void> {
  const first = textOf('first');
  sender.write(published(first), 'latin1');
  for (const follower of followers) {
    const received = await until(follower, (said) => said.endsWith(first + wire.tail));
    if (follower === followers[0]) {
      const sizeBehind = wire.sizes(received);
      sizeOf = (n) => sizeBehind(n + 1);
    }
  }
  for (const follower of followers) follower.said = undefined;
}

async function run(sender: Socket, { window, rate, ms }: Plan): Promise<Outcome> {
  histogram = new DelayHistogram();
  toAllMs = [];
  const before = { sent, ms: performance.now(), cpu: process.threadCpuUsage() };
  const done = Promise.withResolvers<void>();
  fail = done.reject;
  pump = () => {
    const now = performance.now();
    const isOver = now - before.ms >= ms;
    const due = rate === undefined ? Infinity : before.sent + ((now - before.ms) / 1000) * rate;
    let written = '';
    while (!isOver && sent < due && sent - complete < window) {
      const slot = sent % ringSlots;
      sentAt[slot] = now;
      sizes[slot] = sizeOf(sent);
      receivers[slot] = 0;
      written += published(textOf(sent));
      sent++;
    }
    if (written !== '') sender.write(written, 'latin1');
    else if (isOver && complete === sent) done.resolve();
  };
  // Without a rate it only ends a round in which nothing comes any more.
  const timer = setInterval(pump, rate === undefined ? 100 : 1);
  const patience = setTimeout(() => {
    fail(new Error(`of ${sent} messages only ${complete} reached everybody`));
  }, ms + patienceMs);
  pump();
  await done.promise;
  const elapsedMs = performance.now() - before.ms;
  clearInterval(timer);
  clearTimeout(patience);
  checkCounts();
  const { user, system } = process.threadCpuUsage(before.cpu);
  const messages = sent - before.sent;
  return {
    messages,
    deliveries: messages * count,
    ms: elapsedMs,
    p50Ms: histogram.percentile(0.5),
    p99Ms: histogram.percentile(0.99),
    toAllMs,
    cpuMs: (user + system) / 1000,
  };
}

function checkCounts(): void {
  for (const { received, bytes } of followers) {
    if (received !== sent || bytes !== 0)
      throw new Error(`a follower got ${received} of ${sent} messages and ${bytes} bytes more`);
  }
  if (nextText !== sent) throw new Error(`the first follower read ${nextText} of ${sent} texts`);
}

const connectMs = await joinFollowers();
const { socket: sender, follower: asSender } = await join(wire.enter('sender'));
await beginCounting(sender);
// What the server answers its sender is read and not looked at.
asSender.said = undefined;
asSender.received = Infinity;
parentPort?.on('message', (plan: Plan) => {
  void run(sender, plan).then((outcome) => parentPort?.postMessage(outcome));
});
parentPort?.postMessage(connectMs);
