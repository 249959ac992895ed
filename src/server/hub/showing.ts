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
    return this.#in(form).all(this.#view(form, reader, 0));
  }

  /** The one at `index`. */
  one(form: WireForm, reader: User, index: number): FrameRun {
    const view = this.#view(form, reader, index);
    return this.#entries.length === 1 ? this.#in(form).all(view) : this.#in(form).one(view, index);
  }

  #view(form: WireForm, reader: User, index: number): string {
    const entry = this.#entries[index];
    if (entry === undefined) throw new RangeError(`there is no entry ${index}`);
    return form.view(reader, entry, this.#keys);
  }

  #in(form: WireForm): FormShowing {
    const known = this.#forms.get(form);
    if (known !== undefined) return known;
    const showing = new FormShowing(this.#entries.map((entry) => form.writer(entry)));
    this.#forms.set(form, showing);
    return showing;
  }
}

/** The same in one form, by view. */
class FormShowing {
  readonly #writers: readonly FrameWriter[];
  readonly #runs = new Map<string, FrameRun>();
  /** Of each entry by itself. */
  #ones: readonly Map<string, FrameRun>[] | undefined;

  constructor(writers: readonly FrameWriter[]) {
    this.#writers = writers;
  }

  all(view: string): FrameRun {
    const known = this.#runs.get(view);
    if (known !== undefined) return known;
    const run = new FrameRun(this.#writers.map((write) => write(view)));
    this.#runs.set(view, run);
    return run;
  }

  /** Where everybody has said something, everybody gets every entry by itself. */
  one(view: string, index: number): FrameRun {
    this.#ones ??= this.#writers.map(() => new Map());
    const known = this.#ones[index]?.get(view);
    if (known !== undefined) return known;
    const run = new FrameRun(this.#writers.slice(index, index + 1).map((write) => write(view)));
    this.#ones[index]?.set(view, run);
    return run;
  }
}
