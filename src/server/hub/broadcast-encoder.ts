import type { Entry } from '../messages/entry.ts';
import { FrameBatch } from '../outbox/frame.ts';
import { Frames, type ReportUnshowable } from './frames.ts';
import type { EventEncoder, FrameEncoder, User, Variant } from './user.ts';

/**
 * Encodes entries that go to the same users by the same keys, once for each encoder and variant: the first reader's frames are
 * reused for the others. Nearly all readers hold one key of an entry, and those of the same key get the same.
 */
export class BroadcastEncoder {
  readonly #entries: readonly Entry[];
  readonly #keys: readonly string[];
  readonly #encoded: EncodedBatch[] = [];
  readonly #variants: number;
  readonly #report: ReportUnshowable;

  /** At least one entry, for so many readers. */
  constructor(entries: readonly Entry[], keys: readonly string[], readers: number, report: ReportUnshowable) {
    this.#entries = entries;
    this.#keys = keys;
    // Nearly all readers hold one key. One that waits keeps the memory of all variants, so there is none to spare.
    this.#variants = Math.min(keys.length, readers);
    this.#report = report;
  }

  /** How many entries it has. */
  get size(): number {
    return this.#entries.length;
  }

  /** All entries as one batch, for a reader who sent none of them and holds the keys of `mask` (see `Holders`). */
  all(encoder: EventEncoder, reader: User, mask: number): FrameBatch {
    return this.#in(encoder).all(reader, mask);
  }

  /** The entry at `index`. */
  one(encoder: EventEncoder, reader: User, mask: number, index: number): FrameBatch {
    return this.#in(encoder).one(reader, mask, index);
  }

  #in(encoder: EventEncoder): EncodedBatch {
    // A server has few encoders.
    for (const known of this.#encoded) if (known.encoder === encoder) return known;
    const batch = new EncodedBatch(encoder, this.#entries, this.#keys, this.#variants, this.#report);
    this.#encoded.push(batch);
    return batch;
  }
}

/** The entries in one encoder. */
class EncodedBatch {
  readonly encoder: EventEncoder;
  readonly #keys: readonly string[];
  /** Of the first entry. */
  readonly #position: number;
  readonly #frames: Frames;
  readonly #written: readonly Written[];
  readonly #all: Variants;
  #ones: readonly Variants[] | undefined;
  /** By mask, then by view. */
  readonly #batches = new Map<number, FrameBatch[]>();
  readonly #keysByMask = new Map<number, ReadonlySet<string>>();
  /** The last of `#batches`: consecutive readers hold the same key. */
  #lastMask = 0;
  #lastView = 0;
  #lastBatch: FrameBatch | undefined;

  constructor(
    encoder: EventEncoder,
    entries: readonly Entry[],
    keys: readonly string[],
    variants: number,
    report: ReportUnshowable,
  ) {
    this.encoder = encoder;
    this.#keys = keys;
    this.#position = entries[0]?.position ?? 0;
    this.#frames = new Frames(encoder, report);
    this.#written = entries.map((entry) => ({ entry, write: this.#frames.encode(entry, variants) }));
    this.#all = new Variants(this.#written, this.#frames);
  }

  all(reader: User, mask: number): FrameBatch {
    const view = mask === 0 ? -1 : (this.encoder.viewOf?.(reader, this.#keys, mask, this.#position) ?? -1);
    if (view < 0) return this.#all.known(this.#variant(reader, mask, 0));
    if (mask === this.#lastMask && view === this.#lastView && this.#lastBatch !== undefined)
      return this.#lastBatch;
    let batches = this.#batches.get(mask);
    if (batches === undefined) {
      batches = [];
      this.#batches.set(mask, batches);
    }
    const batch = batches[view] ?? this.#all.batch(this.#variant(reader, mask, 0));
    batches[view] = batch;
    this.#lastMask = mask;
    this.#lastView = view;
    this.#lastBatch = batch;
    return batch;
  }

  /** Single entries, for readers who sent some: in a busy conversation these are all readers. */
  one(reader: User, mask: number, index: number): FrameBatch {
    this.#ones ??= this.#written.map((written) => new Variants([written], this.#frames));
    return at(this.#ones, index).known(this.#variant(reader, mask, index));
  }

  #variant(reader: User, mask: number, index: number): Variant {
    return this.encoder.variant(reader, at(this.#written, index).entry, this.#keysOf(mask));
  }

  #keysOf(mask: number): ReadonlySet<string> {
    const known = this.#keysByMask.get(mask);
    if (known !== undefined) return known;
    const keys = new Set(mask === 0 ? this.#keys : this.#keys.filter((_, bit) => (mask & (1 << bit)) !== 0));
    this.#keysByMask.set(mask, keys);
    return keys;
  }
}

interface Written {
  readonly entry: Entry;
  readonly write: FrameEncoder;
}

/** Frames of some entries in one encoder, by variant. */
class Variants {
  readonly #written: readonly Written[];
  readonly #frames: Frames;
  readonly #batches = new Map<string, FrameBatch>();

  constructor(written: readonly Written[], frames: Frames) {
    this.#written = written;
    this.#frames = frames;
  }

  batch(variant: Variant): FrameBatch {
    return new FrameBatch(this.#written.map(({ entry, write }) => this.#frames.write(write, entry, variant)));
  }

  /** As `batch`, but the same one for the same variant. */
  known(variant: Variant): FrameBatch {
    const name = variant.join('\t');
    const known = this.#batches.get(name);
    if (known !== undefined) return known;
    const batch = this.batch(variant);
    this.#batches.set(name, batch);
    return batch;
  }
}

function at<Item>(items: readonly Item[], index: number): Item {
  const item = items[index];
  if (item === undefined) throw new RangeError(`there is no entry ${index}`);
  return item;
}
