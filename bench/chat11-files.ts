import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ByteQueue } from '../src/protocol/byte-queue.ts';
import { serverSide } from '../src/protocol/chat11/event.ts';
import { Malformed, type Parcel } from '../src/protocol/chat11/parcel.ts';
import { limitsOfServer, ParcelReader } from '../src/protocol/chat11/parcel-reader.ts';
import { formatRequest, type Request } from '../src/protocol/chat11/request.ts';
import { wireLimits } from '../src/protocol/limits.ts';
import { spawnServer } from './server-process.ts';
import { median, percentile, printTable } from './table.ts';

const rounds = 5;
const mebibyte = 1024 * 1024;
const fileBytes = 100 * mebibyte;
const partBytes = 256 * 1024;

/** One file up and down over CHAT/1.1: how fast, and what the chat on the same two connections feels. */
export async function chat11FilesBench(): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'earshot-bench-'));
  const limits = `attachmentBytesPerDay=${100 * 1024 * mebibyte}`;
  const server = await spawnServer(['--data', folder, '--message-rate', '0', '--limit', limits]);
  try {
    const sender = await Side.register(server.port, 'sender', []);
    const receiver = await Side.register(server.port, 'receiver', ['apple']);
    const sides = new Map(['up', 'down at once', 'down in parts'].map((what) => [what, new Figures()]));
    for (let round = 0; round < rounds; round++) {
      const bytes = randomBytes(fileBytes);
      const hash = createHash('sha256').update(bytes).digest('hex');
      await sides.get('up')?.measure(sender, receiver, () => upload(sender, bytes));
      const attachment = await receiver.attachment;
      const whole = await sides
        .get('down at once')
        ?.measure(sender, receiver, () => download(receiver, attachment, fileBytes));
      const parts = await sides
        .get('down in parts')
        ?.measure(sender, receiver, () => download(receiver, attachment, partBytes));
      if (whole !== hash || parts !== hash) throw new Error('a file did not arrive as it was sent');
    }
    const columns = ['100 MiB', 'MiB/s', 'chat p50 ms', 'chat p99 ms', 'chat max ms'];
    printTable(
      columns,
      [...sides].map(([what, figures]) => [what, ...figures.row()]),
    );
    sender.socket.destroy();
    receiver.socket.destroy();
  } finally {
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

class Figures {
  readonly #rates: number[] = [];
  readonly #delays: number[] = [];

  /** Moves one file, while the sender says something every 10 ms. */
  async measure<T>(sender: Side, receiver: Side, move: () => Promise<T>): Promise<T> {
    const talking = setInterval(() => {
      void sender.ask({ kind: 'send', text: `apple ${performance.now()}` });
    }, 10);
    const before = performance.now();
    const result = await move();
    this.#rates.push(fileBytes / mebibyte / ((performance.now() - before) / 1000));
    clearInterval(talking);
    // What was said before is heard by then.
    await sender.ask({ kind: 'ping' });
    await receiver.ask({ kind: 'ping' });
    this.#delays.push(...receiver.delays.splice(0));
    return result;
  }

  row(): string[] {
    const delays = [median(this.#delays), percentile(this.#delays, 0.99), Math.max(...this.#delays)];
    return [median(this.#rates).toFixed(1), ...delays.map((ms) => ms.toFixed(2))];
  }
}

/** Sends a file, never more than a MiB ahead of what the server has taken. */
async function upload(sender: Side, bytes: Uint8Array): Promise<void> {
  const begun = await sender.ask({ kind: 'attach', name: 'f', bytes: bytes.length, terms: ['apple'] });
  const upload = begun.headers.get('upload') ?? '';
  for (let offset = 0; offset < bytes.length; offset += wireLimits.pieceBytes) {
    const piece = bytes.subarray(offset, offset + wireLimits.pieceBytes);
    sender.send({ kind: 'data', upload, offset, piece });
    if ((offset + piece.length) % mebibyte === 0) await sender.ask({ kind: 'ping' });
  }
  await sender.ask({ kind: 'commit', upload });
}

/** Fetches a file in parts, two of them on the way at a time; gives its SHA-256. */
async function download(receiver: Side, attachment: string, length: number): Promise<string> {
  const hash = createHash('sha256');
  const done = Promise.withResolvers<string>();
  let got = 0;
  let asked = 0;
  const ask = (): void => {
    if (asked >= fileBytes) return;
    void receiver.ask({ kind: 'fetch', attachment, offset: asked, length });
    asked += length;
  };
  receiver.onPiece = (piece) => {
    hash.update(piece);
    got += piece.length;
    if (got % length === 0) ask();
    if (got === fileBytes) done.resolve(hash.digest('hex'));
  };
  ask();
  ask();
  return done.promise;
}

/** One connection over CHAT/1.1. */
class Side {
  readonly socket: Socket;
  /** How long what it heard was on the way, in milliseconds. */
  readonly delays: number[] = [];
  onPiece: (piece: Uint8Array) => void = () => {};
  readonly #answers: ((answer: Parcel) => void)[] = [];
  #announced = Promise.withResolvers<string>();

  private constructor(socket: Socket) {
    const queue = new ByteQueue();
    const reader = new ParcelReader(queue, serverSide, limitsOfServer);
    this.socket = socket;
    socket.on('data', (chunk: Buffer) => {
      queue.push(chunk);
      for (let parcel = reader.take(); parcel !== undefined; parcel = reader.take()) this.#onParcel(parcel);
    });
  }

  static async register(port: number, name: string, follow: readonly string[]): Promise<Side> {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true });
    await once(socket, 'connect');
    const side = new Side(socket);
    await side.ask({ kind: 'register', name, follow });
    return side;
  }

  /** The id of the next file that is announced. */
  get attachment(): Promise<string> {
    return this.#announced.promise.finally(() => {
      this.#announced = Promise.withResolvers();
    });
  }

  send(request: Request): void {
    this.socket.write(formatRequest(request));
  }

  ask(request: Request): Promise<Parcel> {
    this.send(request);
    return new Promise((resolve) => this.#answers.push(resolve));
  }

  #onParcel(parcel: Parcel | Malformed): void {
    if (parcel instanceof Malformed) throw new Error(parcel.text);
    const { start, headers, body } = parcel;
    if (start.kind === 'status') {
      if (start.code >= 400) throw new Error(`${start.code} ${start.reason}`);
      this.#answers.shift()?.(parcel);
    } else if (start.verb === 'DATA') this.onPiece(body);
    else if (start.verb === 'ATTACHMENT') this.#announced.resolve(headers.get('attachment') ?? '');
    else this.delays.push(performance.now() - Number(Buffer.from(body).toString().split(' ').at(-1)));
  }
}
