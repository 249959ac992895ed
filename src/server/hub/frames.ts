import type { Entry } from '../messages/entry.ts';
import type { Frame } from '../outbox/frame.ts';
import type { EventEncoder, FrameEncoder } from './user.ts';

/** Hears of an entry that an encoder could not show. */
export type ReportUnshowable = (error: unknown, entry: Entry) => void;

/**
 * Frames of entries in one encoder. Whatever the log holds, each entry gives a frame: a placeholder where its encoder throws,
 * so that one entry costs its readers that entry and neither the rest nor their connection.
 */
export class Frames {
  readonly #encoder: EventEncoder;
  readonly #report: ReportUnshowable;

  constructor(encoder: EventEncoder, report: ReportUnshowable) {
    this.#encoder = encoder;
    this.#report = report;
  }

  writer(entry: Entry): FrameEncoder {
    try {
      return this.#encoder.writer(entry);
    } catch (error) {
      this.#report(error, entry);
      return () => this.#placeholder(entry);
    }
  }

  write(write: FrameEncoder, entry: Entry, view: string): Frame {
    try {
      return write(view);
    } catch (error) {
      this.#report(error, entry);
      return this.#placeholder(entry);
    }
  }

  #placeholder(entry: Entry): Frame {
    return this.#encoder.placeholder?.(entry) ?? { bytes: new Uint8Array(), position: entry.position };
  }
}
