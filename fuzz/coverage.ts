import { Session } from 'node:inspector';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

const sources = pathToFileURL(path.join(import.meta.dirname, '..', 'src')).href;

/** Which blocks of the sources have run, by V8's counters. */
export class Coverage {
  readonly #session = new Session();
  readonly #seen = new Set<string>();

  constructor() {
    this.#session.connect();
    this.#session.post('Profiler.enable');
    this.#session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true });
  }

  /** Returns how many blocks ran since the last call that had not run before. */
  news(): number {
    const before = this.#seen.size;
    this.#session.post('Profiler.takePreciseCoverage', (_error, taken) => {
      for (const { url, functions } of taken?.result ?? []) {
        if (!url.startsWith(sources)) continue;
        for (const { ranges } of functions) {
          for (const { startOffset, endOffset, count } of ranges) {
            // As in AFL: a loop that ran once, a few times or often is not the same.
            if (count > 0)
              this.#seen.add(`${url}:${startOffset}:${endOffset}:${Math.min(count, 256).toString(2).length}`);
          }
        }
      }
    });
    return this.#seen.size - before;
  }
}
