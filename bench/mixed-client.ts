import type { Socket } from 'node:net';
import { textNumber, unfinishedCharacters } from './mixed-town.ts';
import type { MixedWire } from './mixed-wires.ts';

export interface MixedClientOptions {
  readonly index: number;
  readonly wire: MixedWire;
  readonly isSender: boolean;
  /** Whether the numbers of the texts that it gets are read. */
  readonly isRead: boolean;
  /** Text `n` of this client has its last answer. */
  onAnswer(n: number, answer: string): void;
  onText(n: number): void;
  /** Bytes arrived that are not of answers. */
  onDelivered(bytes: number): void;
}

const nothing = Buffer.alloc(0);

/** One client of a mixed load, who follows or sends or both: tells its answers from deliveries, and counts these. */
export class MixedClient {
  readonly index: number;
  readonly isRead: boolean;
  socket: Socket | undefined;
  /** Of deliveries, since `begin`. */
  bytes = 0;
  /** Numbers of the texts that it got since `begin`. */
  texts: number[] = [];
  readonly #options: MixedClientOptions;
  /** What the server said to the greeting; undefined from then on. */
  #said: string | undefined = '';
  #whenSaid: (said: string) => void = () => {};
  /** Sent texts whose answers have not all come. */
  readonly #owed: { readonly n: number; answers: number }[] = [];
  /** The beginning of an answer. */
  #unfinished: Buffer = nothing;
  #unread = '';

  constructor(options: MixedClientOptions) {
    this.#options = options;
    this.index = options.index;
    this.isRead = options.isRead;
  }

  get unanswered(): number {
    return this.#owed.length;
  }

  begin(): void {
    this.bytes = 0;
    this.texts = [];
  }

  /** Text `n` was sent, and gets so many answers. */
  owe(n: number, answers: number): void {
    this.#owed.push({ n, answers });
  }

  /** Resolves when the greeting is answered. */
  isReady(patienceMs: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`the server said only: ${this.#said}`)), patienceMs);
      this.#whenSaid = (said) => {
        if (!this.#options.wire.isReady(said)) return;
        clearTimeout(timer);
        this.#said = undefined;
        resolve();
      };
      this.#whenSaid(this.#said ?? '');
    });
  }

  take(bytes: Buffer): void {
    if (this.#said !== undefined) {
      this.#said += bytes.toString('latin1');
      this.#whenSaid(this.#said);
      return;
    }
    if (this.isRead) this.#read(bytes.toString('latin1'));
    const delivered = bytes.length - (this.#options.isSender ? this.#takeAnswers(bytes) : 0);
    this.bytes += delivered;
    this.#options.onDelivered(delivered);
  }

  #read(text: string): void {
    this.#unread += text;
    for (const [, digits] of this.#unread.matchAll(textNumber)) {
      this.texts.push(Number(digits));
      this.#options.onText(Number(digits));
    }
    this.#unread = this.#unread.slice(-unfinishedCharacters);
  }

  /** Returns how many bytes of answers were completed. */
  #takeAnswers(bytes: Buffer): number {
    const { begin, end } = this.#options.wire.answer;
    const all = this.#unfinished === nothing ? bytes : Buffer.concat([this.#unfinished, bytes]);
    let taken = 0;
    let at = 0;
    for (;;) {
      const found = all.indexOf(begin, at, 'latin1');
      const last = found < 0 ? -1 : all.indexOf(end, found + begin.length, 'latin1');
      if (last < 0) {
        this.#unfinished = keep(all, found < 0 ? Math.max(at, beginOfPart(all, begin)) : found);
        return taken;
      }
      at = last + end.length;
      taken += at - found;
      this.#answer(all, found, at);
    }
  }

  #answer(bytes: Buffer, from: number, to: number): void {
    const [first] = this.#owed;
    if (first === undefined) throw new Error('an answer came that nobody waits for');
    if (--first.answers > 0) return;
    this.#owed.shift();
    this.#options.onAnswer(first.n, bytes.toString('latin1', from, to));
  }
}

/** Returns where the longest end of `bytes` begins that `begin` begins with. */
function beginOfPart(bytes: Buffer, begin: string): number {
  for (let length = Math.min(begin.length - 1, bytes.length); length > 0; length--) {
    if (bytes.toString('latin1', bytes.length - length) === begin.slice(0, length))
      return bytes.length - length;
  }
  return bytes.length;
}

/** A copy, as the memory is read into again. */
function keep(bytes: Buffer, from: number): Buffer {
  return from === bytes.length ? nothing : Buffer.from(bytes.subarray(from));
}
