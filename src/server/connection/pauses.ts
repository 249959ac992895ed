import type { Timer } from '../../scheduling/clock.ts';

/** The pauses of one session, one at a time. */
export class Pauses {
  /** Ends the current pause. */
  #resume: (() => void) | undefined;

  /** Resolves when `begin`'s `resume` is called, or at `end`, and then cancels the timer that `begin` returned. */
  async pause(begin: (resume: () => void) => Timer | undefined): Promise<void> {
    let timer: Timer | undefined;
    await new Promise<void>((resolve) => {
      this.#resume = resolve;
      timer = begin(resolve);
    });
    this.#resume = undefined;
    timer?.cancel();
  }

  end(): void {
    this.#resume?.();
  }
}
