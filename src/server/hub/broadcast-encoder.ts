import type { Entry } from '../messages/entry.ts';
import { FrameBatch } from '../outbox/frame.ts';
import { Frames, type ReportUnshowable } from './frames.ts';
import type { EventEncoder, FrameEncoder, User } from './user.ts';

/**
 * How entries look that go to the same people by the same keys, in whichever encoder: what is made for the first reader
 * of a view is there for the others.
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

  /** All of them, for a reader who said none. */
  all(encoder: EventEncoder, reader: User): FrameBatch {
    return this.#in(encoder).all.run(this.#view(encoder, reader, 0));
  }

  /** The one at `index`. */
  one(encoder: EventEncoder, reader: User, index: number): FrameBatch {
    const view = this.#view(encoder, reader, index);
    return this.#in(encoder).one(index).run(view);
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

/** The same in one encoder. */
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

  /** Where everybody has said something, everybody gets every entry by itself. */
  one(index: number): Views {
    this.#ones ??= this.#written.map((written) => new Views([written], this.#frames));
    return at(this.#ones, index);
  }
}

interface Written {
  readonly entry: Entry;
  readonly write: FrameEncoder;
}

/** What some entries are in one encoder, by view. */
class Views {
  readonly #written: readonly Written[];
  readonly #frames: Frames;
  readonly #runs = new Map<string, FrameBatch>();

  constructor(written: readonly Written[], frames: Frames) {
    this.#written = written;
    this.#frames = frames;
  }

  run(view: string): FrameBatch {
    const known = this.#runs.get(view);
    if (known !== undefined) return known;
    const run = new FrameBatch(
      this.#written.map(({ entry, write }) => this.#frames.write(write, entry, view)),
    );
    this.#runs.set(view, run);
    return run;
  }
}

function at<Item>(items: readonly Item[], index: number): Item {
  const item = items[index];
  if (item === undefined) throw new RangeError(`there is no entry ${index}`);
  return item;
}
