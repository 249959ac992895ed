import type { Entry } from '../messages/entry.ts';
import { FrameBatch } from '../outbox/frame.ts';
import { Frames, type ReportUnshowable } from './frames.ts';
import type { EventEncoder, FrameEncoder, User } from './user.ts';

/**
 * Encodes entries that go to the same users by the same keys, once for each encoder and variant: the first reader's frames are
 * reused for the others. Nearly all readers hold one key of an entry, and those of the same key get the same.
 */
export class BroadcastEncoder {
  readonly #entries: readonly Entry[];
  readonly #keys: readonly string[];
  readonly #encoded: EncodedEntries[] = [];
  readonly #report: ReportUnshowable;

  /** At least one entry. */
  constructor(entries: readonly Entry[], keys: readonly string[], report: ReportUnshowable) {
    this.#entries = entries;
    this.#keys = keys;
    this.#report = report;
  }

  /** How many entries it has. */
  get size(): number {
    return this.#entries.length;
  }

  /** All entries as one batch, for a reader who sent none of them and holds the keys of `mask` (see `Holders`). */
  all(encoder: EventEncoder, reader: User, mask: number): FrameBatch {
    return this.#in(encoder).all.of(reader, mask);
  }

  /** The entry at `index`, for a reader who sent some: in a busy conversation these are all readers. */
  one(encoder: EventEncoder, reader: User, mask: number, index: number): FrameBatch {
    const encoded = this.#in(encoder);
    encoded.ones ??= encoded.written.map((one) => new Variants(encoded.frames, [one], this.#keys));
    const variants = encoded.ones[index];
    if (variants === undefined) throw new RangeError(`there is no entry ${index}`);
    return variants.of(reader, mask);
  }

  #in(encoder: EventEncoder): EncodedEntries {
    // A server has few encoders.
    for (const known of this.#encoded) if (known.frames.encoder === encoder) return known;
    const frames = new Frames(encoder, this.#report);
    const written = this.#entries.map((entry) => ({ entry, write: frames.encode(entry) }));
    const encoded = { frames, written, all: new Variants(frames, written, this.#keys) };
    this.#encoded.push(encoded);
    return encoded;
  }
}

/** The entries in one encoder. */
interface EncodedEntries {
  readonly frames: Frames;
  readonly written: readonly Written[];
  readonly all: Variants;
  /** Each entry by itself. */
  ones?: readonly Variants[];
}

interface Written {
  readonly entry: Entry;
  readonly write: FrameEncoder;
}

/** Frames of some entries with the same keys in one encoder, by variant. */
class Variants {
  readonly #encoder: EventEncoder;
  readonly #frames: Frames;
  readonly #written: readonly Written[];
  readonly #first: Entry;
  readonly #keys: readonly string[];
  #all: ReadonlySet<string> | undefined;
  /** By the variant's id; by its terms if it has none. */
  readonly #batches = new Map<number | string, FrameBatch>();

  constructor(frames: Frames, written: readonly Written[], keys: readonly string[]) {
    const [first] = written;
    if (first === undefined) throw new RangeError('there are no entries');
    this.#encoder = frames.encoder;
    this.#frames = frames;
    this.#written = written;
    this.#first = first.entry;
    this.#keys = keys;
  }

  of(reader: User, mask: number): FrameBatch {
    const id =
      mask === 0 ? 0 : (this.#encoder.variantId?.(reader, this.#keys, mask, this.#first.position) ?? 0);
    const known = id === 0 ? undefined : this.#batches.get(id);
    if (known !== undefined) return known;
    const variant = this.#encoder.variant(reader, this.#first, this.#keysOf(mask));
    const name = id === 0 ? variant.join('\t') : id;
    let batch = this.#batches.get(name);
    if (batch === undefined) {
      batch = new FrameBatch(
        this.#written.map(({ entry, write }) => this.#frames.write(write, entry, variant)),
      );
      this.#batches.set(name, batch);
    }
    return batch;
  }

  #keysOf(mask: number): ReadonlySet<string> {
    if (mask !== 0) return new Set(this.#keys.filter((_, bit) => (mask & (1 << bit)) !== 0));
    // There may be thousands, and then all readers ask for them.
    this.#all ??= new Set(this.#keys);
    return this.#all;
  }
}
