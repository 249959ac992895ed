import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { performance } from 'node:perf_hooks';
import { connect as connectTls } from 'node:tls';
import { parentPort, workerData } from 'node:worker_threads';
import { DelayHistogram } from './delay-histogram.ts';
import { MixedClient } from './mixed-client.ts';
import type { MixedLoadOptions, MixedOutcome, MixedPlan } from './mixed-load.ts';
import { type Expected, expectedOf } from './mixed-model.ts';
import { drawTown, mixedTextOf, wordOf } from './mixed-town.ts';
import { mixedWires } from './mixed-wires.ts';

/**
 * The thread of a `MixedLoad`. It counts the bytes of each follower, and at the end of a round compares them with the
 * model; of some followers it reads every text. A round is over when all texts are answered and all bytes are here.
 */
const {
  wire: wireName,
  port,
  isEncrypted = false,
  senders: ownSenders,
  ...options
} = workerData as MixedLoadOptions;
const wire = mixedWires[wireName] ?? unknownWire();

function unknownWire(): never {
  throw new Error(`the mixed load does not speak ${wireName}`);
}

const connectingAtOnce = 200;
const patienceMs = 20_000;
/** Every follower with such a number has their texts read. */
const readEach = 25;
/** In a round with a rate, no more texts than this are unanswered. */
const maxUnanswered = 4096;

const town = drawTown(options);
const nameOf = (client: number): string => `n${String(client).padStart(5, '0')}`;
const expected = expectedOf(town, wire, nameOf(0));
const sums = expected.map(({ bytes, messages }) => ({
  bytes: bytes.reduce((sum, one) => sum + one, 0),
  messages: messages.reduce((sum, one) => sum + one, 0),
}));

/** A text that was sent in this round. */
interface Sent {
  readonly sender: number;
  readonly atMs: number;
  /** Digits of its position, once it is answered. */
  digits: number;
}

const followers: MixedClient[] = [];
const senders: MixedClient[] = [];
/** The number of the round's first text, and its texts. */
let firstText = 0;
let sent: Sent[] = [];
let answered = 0;
/** Bytes that all followers have to get of the answered texts, and have got of all. */
let expectedBytes = 0;
let receivedBytes = 0;
let histogram = new DelayHistogram();
/** Goes on sending after the answers that one read brought. */
let sendMore: (sender: MixedClient) => void = () => {};
let endIfOver: () => void = () => {};
let fail: (error: Error) => void = (error) => {
  throw error;
};

const textAt = <Item>(items: readonly Item[], n: number): Item => {
  const item = items[n % items.length];
  if (item === undefined) throw new RangeError(`there is no text ${n}`);
  return item;
};

/** What the follower at `index` of `expected` gets when `sender` sends it: nothing of their own, on most wires. */
const isOwn = (sender: number, follower: number): boolean =>
  ownSenders === 0 && sender === follower && !wire.hearsOwn;

function ownOf(sender: number, { followers: ids, bytes, messages }: Expected) {
  const at = ids.indexOf(sender);
  if (at < 0 || !isOwn(sender, sender)) return { bytes: 0, messages: 0 };
  return { bytes: bytes[at] ?? 0, messages: messages[at] ?? 0 };
}

function sendOne(client: MixedClient, now: number): string {
  const n = firstText + sent.length;
  const words = textAt(town.texts, n).map(wordOf);
  sent.push({ sender: client.index, atMs: now, digits: 0 });
  client.owe(n, wire.answers(words));
  return wire.send(mixedTextOf(n, textAt(town.texts, n)), words);
}

function whenAnswered(n: number, answer: string): void {
  const text = sent[n - firstText];
  if (text === undefined) throw new Error(`text ${n} was answered in the wrong round`);
  text.digits = wire.positionIn?.(answer).length ?? 0;
  const own = ownOf(text.sender, textAt(expected, n));
  const all = textAt(sums, n);
  expectedBytes += all.bytes - own.bytes + text.digits * (all.messages - own.messages);
  answered++;
}

function whenRead(n: number): void {
  const text = sent[n - firstText];
  if (text === undefined) fail(new Error(`text ${n} came in the wrong round`));
  else histogram.add(performance.now() - text.atMs);
}

async function join(index: number, words: readonly string[], isSender: boolean): Promise<MixedClient> {
  const isFollower = words.length > 0;
  const client = new MixedClient({
    index,
    wire,
    isSender,
    isRead: isFollower && index % readEach === 0,
    onAnswer: whenAnswered,
    onText: whenRead,
    onDelivered(bytes) {
      receivedBytes += bytes;
      endIfOver();
    },
  });
  const socket = await connected((bytes) => {
    client.take(bytes);
    if (isSender) sendMore(client);
  });
  client.socket = socket;
  socket.write(wire.greet(nameOf(index), words));
  await client.isReady(patienceMs);
  return client;
}

/** All sockets without TLS read into the same memory, as nothing is kept of it. */
const pieces = Buffer.alloc(64 * 1024);

async function connected(onData: (bytes: Buffer) => void): Promise<Socket> {
  const to = { port, host: '127.0.0.1', noDelay: true };
  const callback = (length: number): boolean => {
    onData(pieces.subarray(0, length));
    return true;
  };
  const socket = isEncrypted
    ? connectTls({ ...to, rejectUnauthorized: false }).on('data', onData)
    : connect({ ...to, onread: { buffer: pieces, callback } });
  socket.on('close', () => fail(new Error(`${wireName}: the server closed a connection`)));
  await once(socket, isEncrypted ? 'secureConnect' : 'connect');
  return socket;
}

async function joinAll(): Promise<void> {
  const talkative = ownSenders === 0;
  let next = 0;
  const joinSome = async (): Promise<void> => {
    for (let i = next++; i < options.followers + ownSenders; i = next++) {
      const isFollower = i < options.followers;
      const words = isFollower ? (town.follows[i] ?? []).map(wordOf) : [];
      const client = await join(i, words, talkative || !isFollower);
      if (isFollower) followers[i] = client;
      if (talkative || !isFollower) senders.push(client);
    }
  };
  await Promise.all(Array.from({ length: connectingAtOnce }, joinSome));
}

async function run({ window, rate, ms }: MixedPlan): Promise<MixedOutcome> {
  firstText += sent.length;
  sent = [];
  answered = 0;
  expectedBytes = 0;
  receivedBytes = 0;
  histogram = new DelayHistogram();
  for (const client of followers) client.begin();
  const beganMs = performance.now();
  const done = Promise.withResolvers<void>();
  fail = done.reject;
  const isOver = (): boolean => performance.now() - beganMs >= ms;
  endIfOver = () => {
    if (answered === sent.length && receivedBytes === expectedBytes && isOver()) done.resolve();
  };
  const write = (client: MixedClient, most: number): void => {
    const now = performance.now();
    if (now - beganMs >= ms) return;
    let written = '';
    for (let i = 0; i < most; i++) written += sendOne(client, now);
    if (written !== '') client.socket?.write(written, 'latin1');
  };
  let nextSender = 0;
  const pace = (): void => {
    const due = ((performance.now() - beganMs) / 1000) * (rate ?? 0);
    while (!isOver() && sent.length < due && sent.length - answered < maxUnanswered) {
      const client = senders[nextSender++ % senders.length];
      if (client !== undefined) write(client, 1);
    }
  };
  sendMore = (client) => {
    if (rate === undefined && client.unanswered < window) write(client, window - client.unanswered);
  };
  const timer = setInterval(
    () => {
      if (rate !== undefined) pace();
      endIfOver();
    },
    rate === undefined ? 100 : 1,
  );
  const patience = setTimeout(() => {
    const got = `${answered} of ${sent.length} answers, ${receivedBytes} of ${expectedBytes} bytes`;
    fail(new Error(`${wireName}: not everything came: ${got}`));
  }, ms + patienceMs);
  if (rate === undefined) for (const client of senders) write(client, window);
  await done.promise;
  const elapsedMs = performance.now() - beganMs;
  clearInterval(timer);
  clearTimeout(patience);
  return {
    texts: sent.length,
    deliveries: checkDeliveries(),
    deliveredBytes: receivedBytes,
    ms: elapsedMs,
    p50Ms: histogram.percentile(0.5),
    p99Ms: histogram.percentile(0.99),
  };
}

/** Compares what each follower got with the model; returns how many messages that were. */
function checkDeliveries(): number {
  const bytes = new Float64Array(followers.length);
  const texts = followers.map(({ isRead }) => (isRead ? [] : undefined) as number[] | undefined);
  let deliveries = 0;
  for (const [at, { sender, digits }] of sent.entries()) {
    const of = textAt(expected, firstText + at);
    for (const [index, follower] of of.followers.entries()) {
      if (isOwn(sender, follower)) continue;
      const messages = of.messages[index] ?? 0;
      deliveries += messages;
      bytes[follower] = (bytes[follower] ?? 0) + (of.bytes[index] ?? 0) + messages * digits;
      for (let copy = 0; copy < messages; copy++) texts[follower]?.push(firstText + at);
    }
  }
  for (const [index, client] of followers.entries()) {
    if (client.bytes !== bytes[index])
      throw new Error(`follower ${index} got ${client.bytes} bytes, not ${bytes[index]}`);
    const read = client.texts.toSorted((a, b) => a - b).join();
    if (texts[index] !== undefined && read !== texts[index]?.join())
      throw new Error(`follower ${index} got other texts than the model`);
  }
  return deliveries;
}

await joinAll();
parentPort?.on('message', (plan: MixedPlan) => {
  void run(plan).then((outcome) => parentPort?.postMessage(outcome));
});
parentPort?.postMessage('ready');
