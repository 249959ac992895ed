import type { Entry } from '../log/entry.ts';
import { FrameRun } from '../outbox/frame-run.ts';
import type { FrameWriter, User, WireForm } from './user.ts';

/**
 * How entries look that go to the same people by the same keys, in whichever form: what is made for the first reader
 * of a view is there for the others.
 */
export class Showing {
  readonly #entries: readonly Entry[];
  readonly #keys: ReadonlySet<string>;
  readonly #forms = new Map<WireForm, FormShowing>();

  /** At least one entry. */
  constructor(entries: readonly Entry[], keys: readonly string[]) {
    this.#entries = entries;
    this.#keys = new Set(keys);
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
    const showing = new FormShowing(this.#entries.map((entry) => form.writer(entry)));
    this.#forms.set(form, showing);
    return showing;
  }
}

/** The same in one form. */
class FormShowing {
  readonly all: Views;
  readonly #writers: readonly FrameWriter[];
  #ones: readonly Views[] | undefined;

  constructor(writers: readonly FrameWriter[]) {
    this.all = new Views(writers);
    this.#writers = writers;
  }

  /** Where everybody has said something, everybody gets every entry by itself. */
  one(index: number): Views {
    this.#ones ??= this.#writers.map((write) => new Views([write]));
    return at(this.#ones, index);
  }
}

/** What some entries are in one form, by view. */
class Views {
  readonly #writers: readonly FrameWriter[];
  readonly #runs = new Map<string, FrameRun>();

  constructor(writers: readonly FrameWriter[]) {
    this.#writers = writers;
  }

  run(view: string): FrameRun {
    const known = this.#runs.get(view);
    if (known !== undefined) return known;
    const run = new FrameRun(this.#writers.map((write) => write(view)));
    this.#runs.set(view, run);
    return run;
  }
}

function at<Item>(items: readonly Item[], index: number): Item {
  const item = items[index];
  if (item === undefined) throw new RangeError(`there is no entry ${index}`);
  return item;
}
