import type { Entry } from '../messages/entry.ts';
import { FrameBatch } from '../outbox/frame.ts';
import { Frames, type ReportUnshowable } from './frames.ts';
import type { EventEncoder, FrameEncoder, User } from './user.ts';

/**
 * Encodes entries that go to the same users by the same keys, once for each encoder and view: the first reader's frames are
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
    return this.#in(encoder).all.batch(this.#view(encoder, reader, 0));
  }

  /** The entry at `index`. */
  one(encoder: EventEncoder, reader: User, index: number): FrameBatch {
    const view = this.#view(encoder, reader, index);
    return this.#in(encoder).one(index).batch(view);
  }

  #view(encoder: EventEncoder, reader: User, index: number): string {
    return encoder.view(reader, at(this.#entries, index), this.#keys);
  }

  #in(encoder: EventEncoder): EncodedBatch {
    const known = this.#encoders.get(encoder);
    if (known !== undefined) return known;
    const broadcast = new EncodedBatch(this.#entries, new Frames(encoder, this.#report));
    this.#encoders.set(encoder, broadcast);
    return broadcast;
  }
}

/** The entries in one encoder. */
class EncodedBatch {
  readonly all: Views;
  readonly #frames: Frames;
  readonly #written: readonly Written[];
  #ones: readonly Views[] | undefined;

  constructor(entries: readonly Entry[], frames: Frames) {
    this.#frames = frames;
    this.#written = entries.map((entry) => ({ entry, write: frames.writer(entry) }));
    this.all = new Views(this.#written, frames);
  }

  /** Single entries, for readers who sent some: in a busy conversation these are all readers. */
  one(index: number): Views {
    this.#ones ??= this.#written.map((written) => new Views([written], this.#frames));
    return at(this.#ones, index);
  }
}

interface Written {
  readonly entry: Entry;
  readonly write: FrameEncoder;
}

/** Frames of some entries in one encoder, by view. */
class Views {
  readonly #written: readonly Written[];
  readonly #frames: Frames;
  readonly #batches = new Map<string, FrameBatch>();

  constructor(written: readonly Written[], frames: Frames) {
    this.#written = written;
    this.#frames = frames;
  }

  batch(view: string): FrameBatch {
    const known = this.#batches.get(view);
    if (known !== undefined) return known;
    const batch = new FrameBatch(
      this.#written.map(({ entry, write }) => this.#frames.write(write, entry, view)),
    );
    this.#batches.set(view, batch);
    return batch;
  }
}

function at<Item>(items: readonly Item[], index: number): Item {
  const item = items[index];
  if (item === undefined) throw new RangeError(`there is no entry ${index}`);
  return item;
}
