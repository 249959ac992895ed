import type { Entry } from '../log/entry.ts';
import type { Frame } from '../outbox/frame.ts';
import type { FrameWriter, WireForm } from './user.ts';

/** Hears of an entry that a form could not show. */
export type ReportUnshowable = (error: unknown, entry: Entry) => void;

/**
 * Frames of entries in one form. Whatever the log holds, each entry gives a frame: a placeholder where its form throws,
 * so that one entry costs its readers that entry and neither the rest nor their connection.
 */
export class Frames {
  readonly #form: WireForm;
  readonly #report: ReportUnshowable;

  constructor(form: WireForm, report: ReportUnshowable) {
    this.#form = form;
    this.#report = report;
  }

  writer(entry: Entry): FrameWriter {
    try {
      return this.#form.writer(entry);
    } catch (error) {
      this.#report(error, entry);
      return () => this.#placeholder(entry);
    }
  }

  write(write: FrameWriter, entry: Entry, view: string): Frame {
    try {
      return write(view);
    } catch (error) {
      this.#report(error, entry);
      return this.#placeholder(entry);
    }
  }

  #placeholder(entry: Entry): Frame {
    return this.#form.placeholder?.(entry) ?? { bytes: new Uint8Array(), position: entry.position };
  }
}
