import type { Client } from '../../../client/client.ts';
import type { Clock } from '../../../scheduling/clock.ts';
import { counted } from '../../lines.ts';
import type { Screen } from '../../screen.ts';

/** How long a script waits for the connection to come back when its input has ended and lines are unsent. */
const offlineMs = 30_000;
/** Lines are confirmed within milliseconds: if not by then, the user is told what they wait for. */
const promptMs = 1_000;

export interface DepartureOptions {
  readonly client: Client;
  readonly clock: Clock;
  readonly screen: Screen;
  readonly isWithPerson: boolean;
  /** How many lines the server has not confirmed. */
  unsentLines(): number;
  /** How many typed lines are not done: those, and commands. */
  undone(): number;
  /** Resolves when everything that was typed is done. */
  allDone(): Promise<void>;
  readonly closed: Promise<void>;
  /** Leaves now. */
  go(): void;
}

/** Leaves when everything is sent. A person who asks a second time leaves at once. */
export class Departure {
  readonly #options: DepartureOptions;
  #isAsked = false;
  #cancel = (): void => {};

  constructor(options: DepartureOptions) {
    this.#options = options;
  }

  /** Ctrl-C: leaves at once, unless that would lose lines without a word. */
  async interrupt(): Promise<void> {
    if (this.#options.unsentLines() === 0) this.#options.go();
    else await this.leave();
  }

  /** `!exit`, or the end of a script: leaves when everything is done. Resolves when the conversation has ended. */
  async leave(): Promise<void> {
    const { isWithPerson, go, closed } = this.#options;
    if (!isWithPerson) await this.#leaveInTime();
    else if (this.#isAsked) go();
    else if (!(await this.#leaveWhenDone())) return;
    await closed;
  }

  /** The user typed on: they stay. */
  stay(): void {
    this.#cancel();
  }

  /** Resolves with false when the user stays. */
  async #leaveWhenDone(): Promise<boolean> {
    const { client, clock, screen, undone, allDone, closed, go } = this.#options;
    this.#isAsked = true;
    const cancelled = new Promise<false>((resolve) => {
      this.#cancel = () => {
        this.#isAsked = false;
        resolve(false);
      };
    });
    const late = clock.after(client.state === 'online' ? promptMs : 0, () => {
      if (undone() === 0) return;
      const lines = counted(undone(), 'line');
      screen.notice(`Unsent: ${lines}. You leave once sent; Ctrl-C or !exit again leaves now.`);
    });
    const isLeaving = await Promise.race([allDone(), closed, cancelled]);
    late.cancel();
    if (isLeaving === false) return false;
    go();
    return true;
  }

  async #leaveInTime(): Promise<void> {
    const { allDone, closed, go } = this.#options;
    const stopWaiting = this.#afterOffline(go);
    await Promise.race([allDone(), closed]);
    stopWaiting();
    go();
  }

  /** Calls `then` after a grace period without a connection. Returns a function that cancels this. */
  #afterOffline(then: () => void): () => void {
    const { client, clock } = this.#options;
    let timer = client.state === 'online' ? undefined : clock.after(offlineMs, then);
    const onOffline = () => {
      timer ??= clock.after(offlineMs, then);
    };
    const onOnline = () => {
      timer?.cancel();
      timer = undefined;
    };
    client.on('offline', onOffline).on('online', onOnline);
    return () => {
      onOnline();
      client.off('offline', onOffline).off('online', onOnline);
    };
  }
}
