import type { Client, Sent } from '../../client/client.ts';
import { LostError, RefusedError } from '../../client/errors.ts';
import type { Clock } from '../../scheduling/clock.ts';
import type { Dialogue } from './dialogue.ts';

export interface PendingMessage {
  /** The subject of a sentence: `The message to bob`. */
  readonly what: string;
  readonly sending: Promise<Sent>;
  /** Returns the confirmation for a message that is stored and reached `reached` users. */
  confirmation(reached: number): string;
}

/** How long a slow server keeps a person from the menu. */
const answerMs = 3_000;

/** Reports what became of each message: at once if the server answers, otherwise later. */
export class DeliveryReporter {
  readonly #client: Client;
  readonly #dialogue: Dialogue;
  readonly #clock: Clock;
  readonly #underWay = new Set<Promise<void>>();
  #unsent = 0;
  #refused = 0;

  constructor(client: Client, dialogue: Dialogue, clock: Clock) {
    this.#client = client;
    this.#dialogue = dialogue;
    this.#clock = clock;
  }

  /** How many messages were lost, or may have been; each was reported. */
  get unsent(): number {
    return this.#unsent;
  }

  /** How many operations were refused. A person has corrected them; a script cannot. */
  get refused(): number {
    return this.#refused;
  }

  /** Counts an operation that was refused, or that there is not; the user was told. */
  onRefused(): void {
    this.#refused += 1;
  }

  /** Resolves when the menu may go on: with a script when the message is reported, with a person also when it waits. */
  async deliver(message: PendingMessage): Promise<void> {
    const delivery = { isTold: false, hasWaited: this.#client.state !== 'online' };
    let onWaiting = () => {};
    const waits = new Promise<void>((resolve) => {
      onWaiting = () => {
        delivery.hasWaited = true;
        resolve();
      };
    });
    if (delivery.hasWaited) onWaiting();
    this.#client.once('offline', onWaiting);
    const late = this.#clock.after(answerMs, onWaiting);
    const told = this.#tell(message, delivery).finally(() => {
      this.#client.off('offline', onWaiting);
      late.cancel();
      this.#underWay.delete(told);
    });
    this.#underWay.add(told);
    await (this.#dialogue.isWithPerson ? Promise.race([told, waits]) : told);
    if (delivery.isTold) return;
    const until = this.#client.state === 'online' ? 'the server takes it' : 'the connection is back';
    this.#dialogue.screen.notice(`${message.what} is kept, and sent when ${until}.`);
  }

  /** Resolves when every message is reported. */
  async settled(): Promise<void> {
    await Promise.all(this.#underWay);
  }

  async #tell(
    { what, sending, confirmation }: PendingMessage,
    delivery: { isTold: boolean; readonly hasWaited: boolean },
  ): Promise<void> {
    const { screen } = this.#dialogue;
    try {
      const { reached } = await sending;
      // After a reconnect the number may be wrong: it is 0 if the message had been stored before.
      const isKnown = reached !== undefined && !delivery.hasWaited;
      screen.notice(isKnown ? confirmation(reached) : `${what} was sent.`);
    } catch (error) {
      screen.problem(this.#failure(what, error));
    }
    delivery.isTold = true;
  }

  #failure(what: string, error: unknown): string {
    if (error instanceof RefusedError) {
      this.onRefused();
      return `${what} was not sent: ${error.reason}.`;
    }
    if (!(error instanceof LostError)) throw error;
    this.#unsent += 1;
    if (error.reason !== 'unknown') return `${what} was not sent.`;
    return `${what} may have been sent, or not: the connection broke before the answer.`;
  }
}
