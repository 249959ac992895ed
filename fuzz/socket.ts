import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { parsers } from './parsers.ts';
import type { Target } from './target.ts';

const program = path.join(import.meta.dirname, '..', 'bin', 'earshot.js');
/** A server must end a connection whose client has ended in this time, and answer others in it. */
const answerMs = 15_000;
/** After so many connections, somebody else's chat is looked at. */
const lookEvery = 100;

/** A real server, and two who chat while others send anything. */
class Server {
  readonly #folder = mkdtempSync(path.join(tmpdir(), 'earshot-fuzz-'));
  readonly #process: ChildProcess;
  readonly #port: Promise<number>;
  /** What it logged as an error. */
  #errors: string[] = [];
  #bystanders: Promise<Socket[]> | undefined;
  #looks = 0;
  runs = 0;

  constructor() {
    // Without rate limits, under which a connection whose client has ended may live for minutes.
    const rates = ['requestsPerSecond=0', 'addressRequestsPerSecond=0'].flatMap((limit) => [
      '--limit',
      limit,
    ]);
    const args = [
      program,
      'serve',
      '--data',
      this.#folder,
      '--port',
      '0',
      '--tls',
      '--message-rate',
      '0',
      ...rates,
    ];
    this.#process = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    const { stdout } = this.#process;
    assert.ok(stdout);
    this.#port = new Promise((resolve, reject) => {
      createInterface(stdout).on('line', (line) => {
        const { level, address, msg } = JSON.parse(line) as Record<string, unknown>;
        if (msg === 'listening') resolve(Number(/:(\d+)(?:#|$)/.exec(String(address))?.[1]));
        if (Number(level) >= 50) this.#errors.push(line);
      });
      this.#process.once('exit', (code) => reject(new Error(`the server ended with ${code}`)));
    });
  }

  async send(input: Uint8Array): Promise<void> {
    const socket = connect({ host: '127.0.0.1', port: await this.#port, allowHalfOpen: true });
    await once(socket, 'connect');
    // A server that refuses may cut off who still sends.
    socket.on('error', () => {}).resume();
    const closed = new Promise((resolve) => socket.once('close', resolve));
    const size = 1 + ((input[0] ?? 0) % 5) * 1_000;
    for (let at = 0; at < input.length && !socket.destroyed; at += size) {
      socket.write(input.subarray(at, at + size));
      if (at < 4_000) await new Promise(setImmediate);
    }
    socket.end();
    await inTime(closed, 'the server does not end a connection whose client has ended');
    assert.deepEqual(this.#errors, [], 'the server logged an error');
    assert.equal(this.#process.exitCode, null, 'the server ended');
    if (this.runs++ % lookEvery === 0) await inTime(this.#look(), 'somebody else gets no answer');
  }

  async #look(): Promise<void> {
    this.#bystanders ??= Promise.all([this.#enter('writer'), this.#enter('reader')]);
    const [writer, reader] = await this.#bystanders;
    assert.ok(writer && reader);
    const text = `looked ${this.#looks++} times`;
    const got = told(reader, text);
    writer.write(`${text}\n`);
    await got;
  }

  async #enter(name: string): Promise<Socket> {
    const socket = connect({ host: '127.0.0.1', port: await this.#port });
    await once(socket, 'connect');
    const entered = told(socket, 'Now following looked');
    socket.write(`REGISTER ${name} CHAT/1.0\n!follow looked\n`);
    await entered;
    return socket;
  }

  async stop(): Promise<void> {
    for (const socket of (await this.#bystanders) ?? []) socket.destroy();
    const ended = once(this.#process, 'exit');
    this.#process.kill('SIGTERM');
    await ended;
    rmSync(this.#folder, { recursive: true });
  }
}

/** Resolves when `text` has come; the bytes before it are dropped. */
function told(socket: Socket, text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    let seen = '';
    const onData = (chunk: Buffer): void => {
      seen += chunk.toString();
      if (seen.includes(text)) settle(resolve);
    };
    const onClose = (): void => settle(() => reject(new Error('somebody else lost the connection')));
    const settle = (how: () => void): void => {
      socket.off('data', onData).off('close', onClose);
      how();
    };
    socket.on('data', onData).on('close', onClose);
  });
}

async function inTime<T>(work: Promise<T>, problem: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(problem)), answerMs);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

let server: Server | undefined;

/** The socket of a real server: all protocols, HTTP and TLS, in any order. */
export const socket: Target = {
  name: 'socket',
  isBlind: true,
  samples: [
    ...parsers
      .filter(({ name }) => name.endsWith('requests') || name === 'verbs' || name === 'telnet')
      .flatMap(({ samples }) => samples),
    'GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n',
    'GET / HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n',
    Uint8Array.of(22, 3, 1, 0, 5, 1, 0, 0, 1, 3),
    'REGISTER alice CHAT/1.1?\n\nPING CHAT/1.1\n\n',
  ],
  run(input) {
    server ??= new Server();
    return server.send(input);
  },
  async stop() {
    await server?.stop();
    server = undefined;
  },
};
