import type { Clock, Timer } from '../clock.ts';

const hourMs = 60 * 60 * 1000;

/** Does `work` at once, and again an hour after each time, until it is stopped. `work` never rejects. */
export class Hourly {
  readonly #clock: Clock;
  readonly #work: () => Promise<void>;
  #timer: Timer | undefined;
  #running: Promise<void>;
  #isStopped = false;

  constructor(clock: Clock, work: () => Promise<void>) {
    this.#clock = clock;
    this.#work = work;
    this.#running = this.#run();
  }

  /** Resolves when what is under way is done. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#timer?.cancel();
    await this.#running;
  }

  async #run(): Promise<void> {
    await this.#work();
    if (this.#isStopped) return;
    this.#timer = this.#clock.after(hourMs, () => {
      this.#running = this.#run();
    });
  }
}
