import type { EventOf } from '../../protocol/chat11/event.ts';
import type { Clock } from '../../scheduling/clock.ts';
import type { ClientEvents, History } from '../client.ts';
import { LogEntries } from '../handling/log-entries.ts';
import type { StateStore } from '../host.ts';
import type { Place } from '../place.ts';
import type { Credentials } from './credentials.ts';
import { Inbox, type Placed } from './inbox.ts';

export interface DeliveryOptions {
  readonly clock: Clock;
  readonly credentials: Credentials;
  /** The cursor of an earlier run. */
  readonly place: Place | undefined;
  readonly store: StateStore | undefined;
  readonly keepToken: boolean;
  readonly keepGuest?: boolean | undefined;
  /** Whether this client's own message may be stored at a position that is not known yet. */
  isUnsure(): boolean;
  history(range: { readonly after: number; readonly limit: number }): Promise<History>;
  /** As for `LogEntries`. */
  readonly maxWaiting?: number;
  emit<E extends Placed['kind']>(event: E, what: ClientEvents[E]): void;
}

/** Delivers what comes in the order of positions, as events and to whoever handles entries; stores the place. */
export class Delivery {
  readonly #options: DeliveryOptions;
  readonly #inbox: Inbox;
  readonly entries: LogEntries;

  constructor(options: DeliveryOptions) {
    const { clock, credentials, place, isUnsure, history, emit } = options;
    this.#options = options;
    this.entries = new LogEntries({
      clock,
      isUnsure,
      history,
      keepPlace: () => this.keepPlace(),
      onGap: (gap) => emit('gap', gap),
      ...(options.maxWaiting === undefined ? {} : { maxWaiting: options.maxWaiting }),
    });
    const tell = <E extends 'caught-up' | 'gap' | 'reset'>(event: E, what: ClientEvents[E]): void => {
      void this.keepPlace();
      emit(event, what);
    };
    const handlers = {
      onEntry: (entry: ClientEvents['message'] | ClientEvents['attachment']) => {
        this.entries.push(entry);
        void this.keepPlace();
        if (entry.kind === 'message') emit('message', entry);
        else emit('attachment', entry);
      },
      onCaughtUp: (what: ClientEvents['caught-up']) => tell('caught-up', what),
      onGap: (what: ClientEvents['gap']) => tell('gap', what),
      onReset: (what: ClientEvents['reset']) => {
        if (this.cursor !== undefined) this.entries.reset(this.cursor);
        tell('reset', what);
      },
    };
    this.#inbox = new Inbox(credentials.name, handlers, isUnsure);
    if (place !== undefined) this.#inbox.restore(place);
  }

  /** Where the next connection resumes: everything up to here was delivered. */
  get cursor(): Place | undefined {
    return this.#inbox.place;
  }

  get isCatchingUp(): boolean {
    return this.#inbox.isCatchingUp;
  }

  /** Logged in when the log's end was `head`. `isResumed`: the server sends everything after the cursor first. */
  start(head: Place, isResumed: boolean): void {
    if (isResumed) this.#inbox.resume(head);
    else {
      if (this.cursor?.epoch === head.epoch) this.entries.forget();
      this.#inbox.begin(head);
    }
    this.entries.resume();
    void this.keepPlace();
  }

  /** The connection ended. */
  stop(): void {
    this.#inbox.stop();
  }

  /** No connection will follow. Resolves when the place is stored, or that has failed. */
  async end(): Promise<void> {
    void this.keepPlace();
    await this.#options.store?.close();
  }

  onEvent(event: Placed): void {
    this.#inbox.onEvent(event);
  }

  /** Whether `gap`, which came before the response to HISTORY, belongs to catching up all the same. */
  isMissing(gap: EventOf<'gap'>): boolean {
    return this.#inbox.isMissing(gap.from);
  }

  /** This client's own message is stored at `position`. */
  onStored(position: number): void {
    this.entries.onStored(position);
    this.#inbox.onStored(position);
  }

  /** Call it when `isUnsure` may have changed. */
  onAnswered(): void {
    this.#inbox.onAnswered();
    this.entries.resume();
  }

  /** Resolves when the place is stored as soon as its store promises. */
  async keepPlace(): Promise<void> {
    const { store, credentials, keepToken, keepGuest = false } = this.#options;
    if (this.cursor !== undefined) this.entries.moved(this.cursor);
    const { place } = this.entries;
    if (place === undefined || (credentials.isGuest && !keepGuest)) return;
    const isKept = keepToken || credentials.isGuest;
    await store?.keep({ place, token: isKept ? credentials.token : undefined });
  }
}
