/**
 * What was sent and may still be lost: one row for each packet number in typed arrays, which later numbers reuse, and
 * what each packet carried (`Chunk`s), so that the loss of a packet says what to send again.
 */
export const packetStates = {
  /** Nothing to wait for: an acknowledgement alone, or a number of long ago. */
  untracked: 0,
  underWay: 1,
  acked: 2,
  lost: 3,
  /** Never sent: a peer that acknowledges it makes acknowledgements up. */
  skipped: 4,
} as const;

export const packetMarks = {
  /** Sent below the rate of the path: its loss is not of our making. */
  drain: 1,
  /** There was too little to send to learn the rate of the path from it. */
  appLimited: 2,
  /** Tries a larger datagram: its loss says nothing of congestion. */
  sizeProbe: 4,
} as const;

export const chunkKinds = {
  none: 0,
  data: 1,
  dataFin: 2,
  maxStream: 3,
  maxStreams: 4,
  reset: 5,
  stop: 6,
} as const;

export interface Chunk {
  readonly kind: number;
  readonly stream: number;
  readonly offset: number;
  readonly length: number;
}

/** Gets back what a packet carried. */
export type OnChunk = (kind: number, stream: number, offset: number, length: number) => void;

const firstRows = 64;
const mostRows = 16_384;

export class SentPackets {
  #mask = firstRows - 1;
  states = new Uint8Array(firstRows);
  marks = new Uint8Array(firstRows);
  /** Bytes of the datagram. */
  sizes = new Uint16Array(firstRows);
  sentMs = new Float64Array(firstRows);
  /** At the time of sending: bytes delivered so far, when that was, and when the packet that told it was sent. */
  delivered = new Float64Array(firstRows);
  deliveredMs = new Float64Array(firstRows);
  firstSentMs = new Float64Array(firstRows);
  /** Bytes sent so far: with this packet, and with the one that told what was delivered then. */
  sentBytes = new Float64Array(firstRows);
  answeredBytes = new Float64Array(firstRows);
  #kinds = new Uint8Array(firstRows);
  #streams = new Float64Array(firstRows);
  #offsets = new Float64Array(firstRows);
  #lengths = new Uint32Array(firstRows);
  /** Chunks of packets with several, without the first. */
  readonly #more = new Map<number, Chunk[]>();

  /** The lowest number that may be under way. */
  firstOpen = 0;
  /** The next number to send. */
  next = 0;
  /** Bytes under way. */
  bytesUnderWay = 0;
  packetsUnderWay = 0;

  /** Whether there is a row for one more packet. */
  get hasRoom(): boolean {
    return this.next - this.firstOpen < mostRows;
  }

  row(number: number): number {
    return number & this.#mask;
  }

  /** The state of `number`; untracked if it is too old to know. */
  stateOf(number: number): number {
    if (number < this.next - this.#mask - 1 || number >= this.next) return packetStates.untracked;
    return this.states[number & this.#mask] ?? 0;
  }

  /** Begins the row of the next number, so that `carry` can note its chunks before `add`. */
  begin(): void {
    if (this.next - this.firstOpen > this.#mask) this.#grow();
    const row = this.next & this.#mask;
    this.#kinds[row] = chunkKinds.none;
    // The row may have been of a number of long ago.
    if (this.#more.size > 0) this.#more.delete(this.next - this.#mask - 1);
  }

  /** The packet of the row that was begun leaves. Returns its number. */
  add(state: number, size: number, marks: number, sentMs: number): number {
    const number = this.next++;
    const row = number & this.#mask;
    this.states[row] = state;
    this.marks[row] = marks;
    this.sizes[row] = size;
    this.sentMs[row] = sentMs;
    if (state === packetStates.underWay) {
      this.bytesUnderWay += size;
      this.packetsUnderWay++;
    } else if (this.firstOpen === number) this.firstOpen = this.next;
    return number;
  }

  /** Notes what the packet of the row that was begun carries. */
  carry(kind: number, stream: number, offset: number, length: number): void {
    const number = this.next;
    const row = number & this.#mask;
    if (this.#kinds[row] === chunkKinds.none) {
      this.#kinds[row] = kind;
      this.#streams[row] = stream;
      this.#offsets[row] = offset;
      this.#lengths[row] = length;
      return;
    }
    const more = this.#more.get(number);
    if (more === undefined) this.#more.set(number, [{ kind, stream, offset, length }]);
    else more.push({ kind, stream, offset, length });
  }

  /** Moves a packet that is under way to `acked` or `lost`. */
  resolve(number: number, state: number): void {
    const row = number & this.#mask;
    this.states[row] = state;
    this.bytesUnderWay -= this.sizes[row] ?? 0;
    this.packetsUnderWay--;
  }

  /** Moves `firstOpen` past what is no longer under way. */
  advance(): void {
    while (this.firstOpen < this.next && this.states[this.firstOpen & this.#mask] !== packetStates.underWay) {
      this.firstOpen++;
    }
  }

  chunks(number: number, onChunk: OnChunk): void {
    const row = number & this.#mask;
    const kind = this.#kinds[row] ?? 0;
    if (kind === chunkKinds.none) return;
    onChunk(kind, this.#streams[row] ?? 0, this.#offsets[row] ?? 0, this.#lengths[row] ?? 0);
    const more = this.#more.size > 0 ? this.#more.get(number) : undefined;
    if (more === undefined) return;
    for (const chunk of more) onChunk(chunk.kind, chunk.stream, chunk.offset, chunk.length);
  }

  #grow(): void {
    const rows = (this.#mask + 1) * 2;
    const from = Math.max(0, this.next - this.#mask - 1);
    const moved = <T extends Uint8Array | Uint16Array | Uint32Array | Float64Array>(old: T, grown: T): T => {
      for (let n = from; n < this.next; n++) grown[n & (rows - 1)] = old[n & this.#mask] ?? 0;
      return grown;
    };
    this.states = moved(this.states, new Uint8Array(rows));
    this.marks = moved(this.marks, new Uint8Array(rows));
    this.sizes = moved(this.sizes, new Uint16Array(rows));
    this.sentMs = moved(this.sentMs, new Float64Array(rows));
    this.delivered = moved(this.delivered, new Float64Array(rows));
    this.deliveredMs = moved(this.deliveredMs, new Float64Array(rows));
    this.firstSentMs = moved(this.firstSentMs, new Float64Array(rows));
    this.sentBytes = moved(this.sentBytes, new Float64Array(rows));
    this.answeredBytes = moved(this.answeredBytes, new Float64Array(rows));
    this.#kinds = moved(this.#kinds, new Uint8Array(rows));
    this.#streams = moved(this.#streams, new Float64Array(rows));
    this.#offsets = moved(this.#offsets, new Float64Array(rows));
    this.#lengths = moved(this.#lengths, new Uint32Array(rows));
    this.#mask = rows - 1;
  }
}
