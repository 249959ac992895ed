import type { Entry } from '../messages/entry.ts';
import { FrameBatch } from '../outbox/frame.ts';
import { Frames, type ReportUnshowable } from './frames.ts';
import type { EventEncoder, FrameEncoder, User } from './user.ts';

/**
 * Encodes entries that go to the same users by the same keys, once for each encoder and variant: the first reader's frames are
 * reused for the others.
 */
export class BroadcastEncoder {
  readonly #entries: readonly Entry[];
  readonly #keys: ReadonlySet<string>;
  readonly #encoders = new Map<EventEncoder, EncodedBatch>();
  readonly #report: ReportUnshowable;

  /** At least one entry. */
  constructor(entries: readonly Entry[], keys: readonly string[], report: ReportUnshowable) {
    this.#entries = entries;
    this.#keys = new Set(keys);
    this.#report = report;
  }

  /** All entries as one batch, for a reader who sent none of them. */
  all(encoder: EventEncoder, reader: User): FrameBatch {
    return this.#in(encoder).all.batch(this.#variant(encoder, reader, 0));
  }

  /** The entry at `index`. */
  one(encoder: EventEncoder, reader: User, index: number): FrameBatch {
    const variant = this.#variant(encoder, reader, index);
    return this.#in(encoder).one(index).batch(variant);
  }

  #variant(encoder: EventEncoder, reader: User, index: number): string {
    return encoder.variant(reader, at(this.#entries, index), this.#keys);
  }

  #in(encoder: EventEncoder): EncodedBatch {
    const known = this.#encoders.get(encoder);
    if (known !== undefined) return known;
    const batch = new EncodedBatch(this.#entries, new Frames(encoder, this.#report));
    this.#encoders.set(encoder, batch);
    return batch;
  }
}

/** The entries in one encoder. */
class EncodedBatch {
  readonly all: Variants;
  readonly #frames: Frames;
  readonly #written: readonly Written[];
  #ones: readonly Variants[] | undefined;

  constructor(entries: readonly Entry[], frames: Frames) {
    this.#frames = frames;
    this.#written = entries.map((entry) => ({ entry, write: frames.encode(entry) }));
    this.all = new Variants(this.#written, frames);
  }

  /** Single entries, for readers who sent some: in a busy conversation these are all readers. */
  one(index: number): Variants {
    this.#ones ??= this.#written.map((written) => new Variants([written], this.#frames));
    return at(this.#ones, index);
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

  batch(variant: string): FrameBatch {
    const known = this.#batches.get(variant);
    if (known !== undefined) return known;
    const batch = new FrameBatch(
      this.#written.map(({ entry, write }) => this.#frames.write(write, entry, variant)),
    );
    this.#batches.set(variant, batch);
    return batch;
  }
}

function at<Item>(items: readonly Item[], index: number): Item {
  const item = items[index];
  if (item === undefined) throw new RangeError(`there is no entry ${index}`);
  return item;
}
