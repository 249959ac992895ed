import type { Clock } from '../../scheduling/clock.ts';
import type { ClientEvents, SendOptions, Sent } from '../client.ts';
import { Emitter } from '../emitter.ts';
import type { Entry } from '../entries.ts';
import {
  type EntrySource,
  type HandleOptions,
  type Handler,
  handleEntries,
  iterateEntries,
} from './handle.ts';

/** What the clients of all protocols share: events, handling of entries, and replies. */
export abstract class EntryClient extends Emitter<ClientEvents> {
  readonly #clock: Clock;

  constructor(clock: Clock) {
    super();
    this.#clock = clock;
  }

  abstract readonly name: string;
  protected abstract readonly entries: EntrySource;
  abstract send(text: string, options?: SendOptions): Promise<Sent>;
  abstract sendTo(name: string, text: string, options?: SendOptions): Promise<Sent>;

  handle(handler: Handler, options: HandleOptions = {}): Promise<void> {
    return handleEntries(this.entries, this.#clock, handler, options);
  }

  messages({ signal }: Pick<HandleOptions, 'signal'> = {}): AsyncIterableIterator<Entry> {
    this.entries.open();
    return iterateEntries(this.entries, signal);
  }

  async reply({ from, to }: Pick<Entry, 'from' | 'to'>, text: string, options?: SendOptions): Promise<Sent> {
    if (to === undefined) return this.send(`@${from} ${text}`, options);
    // The other side of a private conversation, also where this user spoke last.
    return this.sendTo(from === this.name ? to : from, text, options);
  }
}
