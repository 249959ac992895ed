import type { Entry } from '../messages/entry.ts';
import type { Frame } from '../outbox/frame.ts';
import type { EventEncoder, FrameEncoder, Variant } from './user.ts';

/** Called for an entry that an encoder could not encode. */
export type ReportUnshowable = (error: unknown, entry: Entry) => void;

/**
 * Encodes entries with one encoder and never throws: an entry whose encoder throws becomes a placeholder, so that it
 * costs its readers this entry, but neither the others nor their connection.
 */
export class Frames {
  readonly encoder: EventEncoder;
  readonly #report: ReportUnshowable;

  constructor(encoder: EventEncoder, report: ReportUnshowable) {
    this.encoder = encoder;
    this.#report = report;
  }

  /** See `EventEncoder`. */
  encode(entry: Entry): FrameEncoder {
    try {
      return this.encoder.encode(entry);
    } catch (error) {
      this.#report(error, entry);
      return () => this.#placeholder(entry);
    }
  }

  write(write: FrameEncoder, entry: Entry, variant: Variant): Frame {
    try {
      return write(variant);
    } catch (error) {
      this.#report(error, entry);
      return this.#placeholder(entry);
    }
  }

  #placeholder(entry: Entry): Frame {
    return this.encoder.placeholder?.(entry) ?? { bytes: new Uint8Array(), position: entry.position };
  }
}
