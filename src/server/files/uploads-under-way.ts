import { ConditionVariable } from '../../scheduling/condition-variable.ts';

/** Counts the files that all connections receive now, so that a stopping server can let them finish. */
export class UploadsUnderWay {
  readonly #changed = new ConditionVariable();
  #count = 0;
  #isStopping = false;

  get count(): number {
    return this.#count;
  }

  /** The server is stopping; no upload may begin. */
  get isStopping(): boolean {
    return this.#isStopping;
  }

  /** Runs `receive` and counts it meanwhile; returns `stopping` when it may not begin. */
  async during(receive: () => Promise<void>): Promise<'stopping' | undefined> {
    const end = this.begin();
    if (end === undefined) return 'stopping';
    try {
      await receive();
    } finally {
      end();
    }
    return undefined;
  }

  /** Counts a file until the returned function is called, once; returns undefined when no upload may begin. */
  begin(): (() => void) | undefined {
    if (this.#isStopping) return undefined;
    this.#count++;
    return () => {
      this.#count--;
      this.#changed.notify();
    };
  }

  /** Lets no further upload begin; resolves when all current ones have ended. */
  async finish(): Promise<void> {
    this.#isStopping = true;
    await this.#changed.until(() => this.#count === 0);
  }
}
