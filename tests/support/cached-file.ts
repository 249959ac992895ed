/** What a disk writes whole or not at all; what is beside it stays as it is, which SQLite counts on as well. */
const sectorBytes = 512;
/** In which the system's cache keeps files. */
const pageBytes = 4096;

/**
 * What came of that which was not synced: all before the moment `before`, and the write of that moment torn; or `some`, of
 * each sector any state that it had since then, so that writes come torn and in any order.
 */
export type Arrival = { readonly before: number } | 'some';

/** Bytes that are not sure to be on the disk: of one page what was written, or all that was cut off, as zeros. */
interface Piece {
  readonly at: number;
  readonly offset: number;
  readonly bytes: Buffer;
  readonly isCutOff: boolean;
  /** A sync failed, and the page counts as clean since then: no sync will bring this. */
  isLost: boolean;
}

/** A file of a `CachedDisk`. A moment (`at`) is the number of events before it. */
export class CachedFile {
  /** What is on the disk for sure: the first `#diskSize` bytes of this. Zeros lie behind them. */
  #disk: Buffer = Buffer.alloc(pageBytes);
  #diskSize = 0;
  #size = 0;
  #pieces: Piece[] = [];
  /** Sizes that it had since the last sync. */
  #sizes: { readonly at: number; readonly size: number }[] = [];

  write(at: number, offset: number, bytes: Buffer): void {
    for (const [start, end] of parts(offset, offset + bytes.length, pageBytes)) {
      const part = bytes.subarray(start - offset, end - offset);
      this.#add({ at, offset: start, bytes: part, isCutOff: false, isLost: false });
    }
    this.#resized(at, Math.max(this.#size, offset + bytes.length));
  }

  resize(at: number, size: number): void {
    if (size < this.#size) {
      const bytes = Buffer.alloc(this.#size - size);
      this.#add({ at, offset: size, bytes, isCutOff: true, isLost: false });
    }
    this.#resized(at, size);
  }

  /**
   * Brings to the disk what was done before the moment `since`. When it fails Linux takes what was to be written for written
   * (https://lwn.net/Articles/752063/).
   */
  sync(since: number, isDone: boolean): void {
    const covered = this.#pieces.filter((piece) => piece.at < since && !piece.isLost);
    if (!isDone) {
      for (const piece of covered) piece.isLost = !piece.isCutOff;
      return;
    }
    for (const { offset, bytes } of covered) {
      this.#disk = withRoom(this.#disk, offset + bytes.length);
      bytes.copy(this.#disk, offset);
    }
    this.#pieces = this.#pieces.filter(({ at, isLost }) => at >= since || isLost);
    const size = this.#sizes.findLast(({ at }) => at < since)?.size ?? this.#diskSize;
    if (size < this.#diskSize) this.#disk.fill(0, size);
    this.#diskSize = size;
    this.#sizes = this.#sizes.filter(({ at }) => at >= since);
  }

  /** The moments of what is not sure to be on the disk. */
  get open(): number[] {
    return this.#pieces.map(({ at }) => at);
  }

  /** What is on the disk when the power goes. */
  cut(arrival: Arrival, random: () => number): Buffer {
    const bytes = Buffer.alloc(Math.max(this.#disk.length, ...this.#pieces.map(endOf)));
    this.#disk.copy(bytes);
    for (const states of this.#sectors().values()) {
      const come =
        arrival === 'some'
          ? states.slice(0, below(states.length + 1, random))
          : states.filter(
              ({ at }) => at < arrival.before || (at === arrival.before && below(2, random) === 0),
            );
      for (const { offset, bytes: part } of come) part.copy(bytes, offset);
    }
    const sizes = this.#sizes.filter(({ at }) => arrival === 'some' || at <= arrival.before);
    const known = [this.#diskSize, ...sizes.map(({ size }) => size)];
    const size = known.at(arrival === 'some' ? below(known.length, random) : -1) ?? 0;
    return Buffer.concat([bytes], size);
  }

  /** The pieces, cut at the bounds of sectors: those of a sector in the order in which they were written. */
  #sectors(): Map<number, Pick<Piece, 'at' | 'offset' | 'bytes'>[]> {
    const sectors = new Map<number, Pick<Piece, 'at' | 'offset' | 'bytes'>[]>();
    for (const piece of this.#pieces) {
      const { at, offset, bytes } = piece;
      for (const [start, end] of parts(offset, endOf(piece), sectorBytes)) {
        const sector = Math.floor(start / sectorBytes);
        const state = { at, offset: start, bytes: bytes.subarray(start - offset, end - offset) };
        const states = sectors.get(sector);
        if (states === undefined) sectors.set(sector, [state]);
        else states.push(state);
      }
    }
    return sectors;
  }

  #add(piece: Piece): void {
    // A page is written back whole, so a write to it brings what was lost of it as well.
    const first = piece.offset - (piece.offset % pageBytes);
    for (const before of this.#pieces) {
      if (before.isLost && endOf(before) > first && before.offset < endOf(piece)) before.isLost = false;
    }
    this.#pieces.push(piece);
  }

  #resized(at: number, size: number): void {
    if (size !== this.#size) this.#sizes.push({ at, size });
    this.#size = size;
  }
}

const endOf = ({ offset, bytes }: Piece): number => offset + bytes.length;

const below = (bound: number, random: () => number): number => Math.floor(random() * bound);

/** The range in parts that no multiple of `length` lies within. */
function* parts(start: number, end: number, length: number): Generator<[start: number, end: number]> {
  for (let from = start; from < end; ) {
    const to = Math.min(end, from - (from % length) + length);
    yield [from, to];
    from = to;
  }
}

/** A buffer of at least so many bytes that begins with that one's, and goes on with zeros. */
function withRoom(buffer: Buffer, length: number): Buffer {
  return length <= buffer.length ? buffer : Buffer.concat([buffer], Math.max(length, 2 * buffer.length));
}
