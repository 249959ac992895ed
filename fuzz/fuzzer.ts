import type { Coverage } from './coverage.ts';
import { mutated } from './mutate.ts';
import type { Target } from './target.ts';

/** So many inputs run between two looks at the coverage, which cost a millisecond and more. */
const batchSize = 128;
/** One batch of so many is looked at input by input, though no block is new: how often one ran may be. */
const batchesBetweenCloseLooks = 32;
/** An input is the shortest of so many that are picked: of long ones, which take most of the time, few are enough. */
const picked = 3;
/** An input that takes more of the processor's time, three times, is a broken promise too. */
const slowMs = 500;
/** The same under V8's counters, which make some code twenty times as slow. */
const countedSlowMs = 10_000;

/** What went wrong with an input. */
export class BrokenPromise extends Error {
  override readonly name = 'BrokenPromise';
  readonly input: Uint8Array;

  constructor(input: Uint8Array, problem: Error) {
    super(problem.message, { cause: problem });
    this.input = input;
  }
}

/** Gives a target changed inputs. Those that reach new code are changed again. */
export class Fuzzer {
  /** How many changed inputs there were. */
  inputs = 0;
  /** Inputs of which each reached something that none before it did. */
  readonly pool: Uint8Array[] = [];
  readonly #target: Target;
  readonly #coverage: Coverage | undefined;
  readonly #random: () => number;
  readonly #reached = new Set<string>();
  readonly #blocks = new Set<string>();
  #batches = 0;

  /** `random` yields from 0 to 1. Without `coverage` the pool stays as it began. */
  constructor(target: Target, coverage: Coverage | undefined, random: () => number) {
    this.#target = target;
    this.#coverage = coverage;
    this.#random = random;
    coverage?.take();
  }

  /** Runs inputs as they are. Rejects with `BrokenPromise`. */
  async begin(inputs: readonly Uint8Array[]): Promise<void> {
    for (const input of inputs) {
      await this.#run(input);
      if (this.#coverage === undefined || addsTo(this.#reached, this.#take(this.#coverage)))
        this.pool.push(input);
    }
  }

  /** Changes some inputs of the pool, and runs them. Rejects with `BrokenPromise`. */
  async step(): Promise<void> {
    const batch = Array.from({ length: batchSize }, () => mutated(this.#short(), this.#any(), this.#random));
    for (const input of batch) await this.#run(input);
    this.inputs += batch.length;
    if (this.#coverage === undefined) return;
    const known = this.#blocks.size;
    this.#take(this.#coverage);
    if (this.#blocks.size > known || ++this.#batches % batchesBetweenCloseLooks === 0)
      await this.begin(batch);
  }

  /** Returns inputs of the pool that together reach all that the pool does: the shortest first. */
  async distilled(): Promise<Uint8Array[]> {
    if (this.#coverage === undefined) return this.pool;
    const reached = new Set<string>();
    const kept: Uint8Array[] = [];
    for (const input of this.pool.toSorted((one, other) => one.length - other.length)) {
      await this.#run(input);
      if (addsTo(reached, this.#take(this.#coverage))) kept.push(input);
    }
    return kept;
  }

  /** Returns what was reached since the last call, and how often. */
  #take(coverage: Coverage): string[] {
    const ran = coverage.take();
    for (const { block } of ran) this.#blocks.add(block);
    return ran.map(({ block, often }) => `${block} ${often}`);
  }

  #short(): Uint8Array {
    const some = Array.from({ length: picked }, () => this.#any());
    return some.reduce((one, other) => (other.length < one.length ? other : one));
  }

  #any(): Uint8Array {
    return this.pool[Math.floor(this.#random() * this.pool.length)] ?? new Uint8Array();
  }

  /** What is wrong with an input, if anything. */
  async problemOf(input: Uint8Array): Promise<Error | undefined> {
    const target = this.#target;
    const mostMs = this.#coverage === undefined ? slowMs : countedSlowMs;
    try {
      const beganMs = performance.now();
      await target.run(input);
      if (target.isBlind === true || performance.now() - beganMs < mostMs) return undefined;
      // The machine may have been busy with something else.
      for (let left = 3; left > 0; left--) {
        const before = process.cpuUsage();
        await target.run(input);
        const { user, system } = process.cpuUsage(before);
        if ((user + system) / 1_000 < mostMs) return undefined;
      }
      return new Error(`takes more than ${mostMs} ms, for ${input.length} bytes`);
    } catch (error) {
      return error instanceof Error ? error : new Error(String(error));
    }
  }

  async #run(input: Uint8Array): Promise<void> {
    const problem = await this.problemOf(input);
    if (problem !== undefined) throw new BrokenPromise(input, problem);
  }
}

/** Adds `values` to `known`, and returns whether one of them is new. */
function addsTo(known: Set<string>, values: readonly string[]): boolean {
  const before = known.size;
  for (const value of values) known.add(value);
  return known.size > before;
}
