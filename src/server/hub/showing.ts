import type { Entry } from '../log/entry.ts';
import { FrameRun } from '../outbox/frame-run.ts';
import { Frames, type ReportUnshowable } from './frames.ts';
import type { FrameWriter, User, WireForm } from './user.ts';

/**
 * How entries look that go to the same people by the same keys, in whichever form: what is made for the first reader
 * of a view is there for the others.
 */
export class Showing {
  readonly #entries: readonly Entry[];
  readonly #keys: ReadonlySet<string>;
  readonly #forms = new Map<WireForm, FormShowing>();
  readonly #report: ReportUnshowable;

  /** At least one entry. */
  constructor(entries: readonly Entry[], keys: readonly string[], report: ReportUnshowable) {
    this.#entries = entries;
    this.#keys = new Set(keys);
    this.#report = report;
  }

  /** All of them, for a reader who said none. */
  all(form: WireForm, reader: User): FrameRun {
    return this.#in(form).all.run(this.#view(form, reader, 0));
  }

  /** The one at `index`. */
  one(form: WireForm, reader: User, index: number): FrameRun {
    const view = this.#view(form, reader, index);
    return this.#in(form).one(index).run(view);
  }

  #view(form: WireForm, reader: User, index: number): string {
    return form.view(reader, at(this.#entries, index), this.#keys);
  }

  #in(form: WireForm): FormShowing {
    const known = this.#forms.get(form);
    if (known !== undefined) return known;
    const showing = new FormShowing(this.#entries, new Frames(form, this.#report));
    this.#forms.set(form, showing);
    return showing;
  }
}

/** The same in one form. */
class FormShowing {
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
  readonly write: FrameWriter;
}

/** What some entries are in one form, by view. */
class Views {
  readonly #written: readonly Written[];
  readonly #frames: Frames;
  readonly #runs = new Map<string, FrameRun>();

  constructor(written: readonly Written[], frames: Frames) {
    this.#written = written;
    this.#frames = frames;
  }

  run(view: string): FrameRun {
    const known = this.#runs.get(view);
    if (known !== undefined) return known;
    const run = new FrameRun(this.#written.map(({ entry, write }) => this.#frames.write(write, entry, view)));
    this.#runs.set(view, run);
    return run;
  }
}

function at<Item>(items: readonly Item[], index: number): Item {
  const item = items[index];
  if (item === undefined) throw new RangeError(`there is no entry ${index}`);
  return item;
}
