import { Session } from 'node:inspector';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

/** The sources of earshot. */
export const sources = pathToFileURL(path.join(import.meta.dirname, '..', 'src')).href;

/** A block of a function, from offset to offset. */
interface Range {
  readonly startOffset: number;
  readonly endOffset: number;
}

export interface Ran {
  readonly block: string;
  /** 1 is once, 2 twice or three times, 3 from 4 to 7 times … up to 9, as in AFL. */
  readonly often: number;
}

/** Which blocks of some files have run, by V8's counters. */
export class Coverage {
  readonly #session = new Session();
  readonly #files: string;
  /** The blocks of each function that V8 has told of. It tells of none that ran as often as the block around it. */
  readonly #blocks = new Map<string, Map<string, Range>>();

  /** `files`: how their URLs begin. */
  constructor(files: string) {
    this.#files = files;
    this.#session.connect();
    this.#session.post('Profiler.enable');
    this.#session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true });
  }

  /** Returns the blocks that ran since the last call. */
  take(): Ran[] {
    const ran: Ran[] = [];
    this.#session.post('Profiler.takePreciseCoverage', (_error, taken) => {
      for (const { url, functions } of taken?.result ?? []) {
        if (!url.startsWith(this.#files)) continue;
        for (const { ranges } of functions) {
          for (const [name, block] of this.#blocksOf(url, ranges)) {
            // A block is behind those that it is in.
            const count = ranges.findLast((range) => contains(range, block))?.count ?? 0;
            if (count > 0) ran.push({ block: name, often: Math.min(count, 256).toString(2).length });
          }
        }
      }
    });
    return ran;
  }

  #blocksOf(url: string, ranges: readonly Range[]): ReadonlyMap<string, Range> {
    const id = `${url}:${ranges[0]?.startOffset}`;
    const known = this.#blocks.get(id) ?? new Map<string, Range>();
    this.#blocks.set(id, known);
    for (const range of ranges) {
      const name = `${url}:${range.startOffset}:${range.endOffset}`;
      if (!known.has(name)) known.set(name, range);
    }
    return known;
  }
}

const contains = (outer: Range, inner: Range): boolean =>
  outer.startOffset <= inner.startOffset && inner.endOffset <= outer.endOffset;
