import { createHash } from 'node:crypto';
import { connect } from 'node:net';
import { parentPort, workerData } from 'node:worker_threads';
import { type ReceiversOptions, sharedNowMs } from './file-receivers.ts';

/** The thread of `startReceivers`: it counts bytes in one buffer for all, so that it costs little beside the server. */
const { port, receivers, opening, announcement, bytes, isHashed } = workerData as ReceiversOptions;
const hash = isHashed ? createHash('sha256') : undefined;
const buffer = Buffer.allocUnsafeSlow(256 * 1024);
let ready = 0;
let complete = 0;
let firstMs = 0;

function onRegistered(): void {
  ready++;
  if (ready === receivers) parentPort?.postMessage('ready');
}

function onComplete(): void {
  complete++;
  if (complete < receivers) return;
  parentPort?.postMessage({ firstMs, lastMs: sharedNowMs(), sha256: hash?.digest('hex') });
}

function receive(name: string): void {
  let isRegistered = false;
  let before = '';
  let left = bytes;
  /** The bytes of the file in what came, when all that stands before them has come. */
  const fileIn = (chunk: Buffer): Buffer => {
    if (before.length === announcement.length) return chunk;
    const missing = announcement.length - before.length;
    before += chunk.toString('latin1', 0, missing);
    if (!announcement.startsWith(before)) throw new Error(`${name} got ${JSON.stringify(before)}`);
    return chunk.subarray(missing);
  };
  const onBytes = (chunk: Buffer): void => {
    if (!isRegistered) {
      isRegistered = true;
      onRegistered();
      return;
    }
    if (firstMs === 0) firstMs = sharedNowMs();
    const file = fileIn(chunk);
    hash?.update(file);
    left -= file.length;
    if (left < 0) throw new Error(`${name} got more than the file`);
    if (left === 0) onComplete();
  };
  const onread = {
    buffer,
    callback(length: number): boolean {
      onBytes(buffer.subarray(0, length));
      return true;
    },
  };
  const socket = connect({ port, host: '127.0.0.1', noDelay: true, onread }, () => {
    socket.write(opening.replace('NAME', name));
  });
  socket.on('close', () => {
    throw new Error(`${name} was closed`);
  });
}

for (let number = 0; number < receivers; number++) receive(`r${number}`);
