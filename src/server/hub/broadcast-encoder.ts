import type { Entry } from '../messages/entry.ts';
import { FrameBatch } from '../outbox/frame.ts';
import { encodeSafely, type ReportUnshowable } from './frames.ts';
import type { EventEncoder, FrameEncoder, User } from './user.ts';

/** The entries in one encoder. */
interface Encoded {
  readonly encoder: EventEncoder;
  readonly writers: readonly FrameEncoder[];
  /** By the variant's id; by its terms if it has none. */
  readonly batches: Map<number | string, FrameBatch>;
}

/**
 * Encodes entries that go to the same users by the same keys, once for each encoder and variant: the first reader's
 * frames are reused for the others. Nearly all readers hold one key of an entry, and those of the same key get the
 * same.
 */
export class BroadcastEncoder {
  readonly entries: readonly [Entry, ...Entry[]];
  readonly #keys: readonly string[];
  readonly #report: ReportUnshowable;
  readonly #encoded: Encoded[] = [];
  #allKeys: ReadonlySet<string> | undefined;

  constructor(entries: readonly [Entry, ...Entry[]], keys: readonly string[], report: ReportUnshowable) {
    this.entries = entries;
    this.#keys = keys;
    this.#report = report;
  }

  /**
   * Returns all entries as `reader` gets them, who sent all of them or none. `mask`: which of the keys the reader holds
   * (see `Holders`); 0 for the sender.
   */
  batchFor(reader: User, encoder: EventEncoder, mask: number): FrameBatch {
    const { writers, batches } = this.#in(encoder);
    const first = this.entries[0];
    const id = encoder.variantId?.(reader, this.#keys, mask, first.position) ?? 0;
    const known = batches.get(id);
    if (known !== undefined) return known;
    const variant = encoder.variant(reader, first, this.#keysOf(mask));
    const name = id === 0 ? variant.join('\t') : id;
    const batch = batches.get(name) ?? new FrameBatch(writers.map((write) => write(variant)));
    batches.set(name, batch);
    return batch;
  }

  #in(encoder: EventEncoder): Encoded {
    // A server has few encoders.
    for (const known of this.#encoded) if (known.encoder === encoder) return known;
    const writers = this.entries.map((entry) => encodeSafely(encoder, entry, this.#report));
    const encoded = { encoder, writers, batches: new Map() };
    this.#encoded.push(encoded);
    return encoded;
  }

  #keysOf(mask: number): ReadonlySet<string> {
    if (mask !== 0) return new Set(this.#keys.filter((_, bit) => (mask & (1 << bit)) !== 0));
    // There may be thousands, and then all readers ask for them.
    this.#allKeys ??= new Set(this.#keys);
    return this.#allKeys;
  }
}
