import type { Limits } from '../../protocol/limits.ts';
import { ConditionVariable } from '../../scheduling/condition-variable.ts';

/**
 * Counts a connection's messages on their way to the disk. Above the bound its session reads no further request, so
 * only its own peer feels the back-pressure.
 */
export class InFlightLimit {
  readonly #limits: Limits;
  readonly #left = new ConditionVariable();
  #messages = 0;
  #bytes = 0;

  constructor(limits: Limits) {
    this.#limits = limits;
  }

  /** Counts a message of `bytes` that goes to the hub; call `leave` when it is stored or refused. */
  enter(bytes: number): void {
    this.#messages++;
    this.#bytes += bytes;
  }

  leave(bytes: number): void {
    this.#messages--;
    this.#bytes -= bytes;
    this.#left.notify();
  }

  /** Returns undefined when another message may come; otherwise resolves when one may. */
  room(): Promise<undefined> | undefined {
    const hasRoom = (): boolean =>
      this.#messages < this.#limits.inFlightMessages && this.#bytes < this.#limits.inFlightBytes;
    return hasRoom() ? undefined : this.#left.until(hasRoom);
  }

  /** Resolves when nothing is on its way. */
  async empty(): Promise<void> {
    await this.#left.until(() => this.#messages === 0);
  }
}
