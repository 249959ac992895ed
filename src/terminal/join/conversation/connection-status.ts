import type { Client } from '../../../client/client.ts';
import type { Clock, Timer } from '../../../scheduling/clock.ts';

/** Counts down to the next attempt to reconnect: `offline, next try in 3 s`, then `connecting`, and nothing online. */
export class ConnectionStatus {
  readonly #client: Client;
  readonly #clock: Clock;
  readonly #show: (status: string) => void;
  /** When the next attempt starts; undefined when there is a connection, or an attempt is in progress. */
  #dueMs: number | undefined;
  #timer: Timer | undefined;

  constructor(client: Client, clock: Clock, show: (status: string) => void) {
    this.#client = client;
    this.#clock = clock;
    this.#show = show;
    client.on('offline', ({ retryInMs }) => {
      this.#dueMs = clock.monotonicMs() + retryInMs;
      this.#countDown();
    });
    client.on('online', () => this.#stop(''));
    client.once('closed', () => this.#stop(''));
  }

  /** Starts the next attempt now. */
  retry(): void {
    if (this.#dueMs === undefined) return;
    this.#stop('connecting');
    this.#client.reconnectNow();
  }

  #countDown(): void {
    this.#timer?.cancel();
    const leftMs = (this.#dueMs ?? 0) - this.#clock.monotonicMs();
    if (leftMs <= 0) {
      this.#stop('connecting');
      return;
    }
    this.#show(`offline, next try in ${Math.ceil(leftMs / 1_000)} s`);
    // Until the number of seconds changes.
    this.#timer = this.#clock.after(leftMs % 1_000 || 1_000, () => this.#countDown());
  }

  #stop(status: string): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#dueMs = undefined;
    this.#show(status);
  }
}
