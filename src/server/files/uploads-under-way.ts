import { ConditionVariable } from '../../scheduling/condition-variable.ts';

/** Files that are being received now, on all connections: a server that goes away lets them finish. */
export class UploadsUnderWay {
  readonly #changed = new ConditionVariable();
  #count = 0;
  #isStopping = false;

  /** The server goes away: none may begin any more. */
  get isStopping(): boolean {
    return this.#isStopping;
  }

  /** Runs `receive`, and counts it meanwhile; `stopping` when it may not begin any more. */
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

  /** Counts a file until the result is called, once; undefined when none may begin any more. */
  begin(): (() => void) | undefined {
    if (this.#isStopping) return undefined;
    this.#count++;
    return () => {
      this.#count--;
      this.#changed.notify();
    };
  }

  /** Lets none begin any more; resolves when all that had begun are over. */
  async finish(): Promise<void> {
    this.#isStopping = true;
    await this.#changed.until(() => this.#count === 0);
  }
}
