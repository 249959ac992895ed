import type { Limits } from '../../protocol/limits.ts';
import { ConditionVariable } from '../../scheduling/condition-variable.ts';

/**
 * How much of a session's messages is on its way to the disk. Over the bound the session reads no further request,
 * so its peer feels it and nobody else does.
 */
export class InFlightLimit {
  readonly #limits: Limits;
  readonly #left = new ConditionVariable();
  #messages = 0;
  #bytes = 0;

  constructor(limits: Limits) {
    this.#limits = limits;
  }

  /** A message of `bytes` goes to the hub; `leave` when it is safe or refused. */
  enter(bytes: number): void {
    this.#messages++;
    this.#bytes += bytes;
  }

  leave(bytes: number): void {
    this.#messages--;
    this.#bytes -= bytes;
    this.#left.notify();
  }

  /** Undefined when another message may come; otherwise resolves when one may. */
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
