import type { Clock } from '../scheduling/clock.ts';
import type { Connection } from '../transport/connection.ts';
import { Input } from '../transport/input.ts';
import { Outgoing } from './outgoing.ts';

/** One side broke the protocol in a way that cannot be repaired; `problem` is for the user. */
export interface Broken {
  readonly kind: 'broken';
  readonly problem: string;
}

export interface ClientSocketHandlers {
  onBytes?(count: number): void;
  onDrain?(): void;
  onClose?(): void;
}

/** A connection's life as the client of any protocol has it: what comes, what goes, and why it is over. */
export class ClientSocket<Ending> {
  readonly connection: Connection;
  readonly input: Input;
  readonly outgoing: Outgoing;
  /** Resolves when the connection is closed. */
  readonly closed: Promise<void>;
  #closeError: Error | undefined;
  #stopped: Ending | Broken | undefined;

  /** To be called in the turn in which the connection came. */
  constructor(connection: Connection, handlers: ClientSocketHandlers = {}) {
    this.connection = connection;
    this.input = new Input(connection);
    this.outgoing = new Outgoing(connection);
    this.closed = new Promise((resolve) => {
      connection.attach({
        onData: (chunk) => {
          handlers.onBytes?.(chunk.length);
          this.input.push(chunk);
        },
        onDrain: () => {
          this.outgoing.onDrain();
          handlers.onDrain?.();
        },
        onEnd: () => this.input.end(),
        onClose: (error) => {
          this.#closeError = error;
          this.input.end();
          this.outgoing.close();
          handlers.onClose?.();
          resolve();
        },
      });
    });
  }

  get closeError(): Error | undefined {
    return this.#closeError;
  }

  /** Why it is over, when something other than the end of input decided that. */
  get stopped(): Ending | Broken | undefined {
    return this.#stopped;
  }

  /** Nothing more is read; the first reason counts. */
  stop(ending: Ending | Broken): void {
    this.#stopped ??= ending;
    this.input.end();
  }

  /** The next line; undefined when there is none: the input ended, or `stopped` says why. */
  async nextLine(maxBytes: number): Promise<Uint8Array | undefined> {
    while (this.#stopped === undefined) {
      const line = this.input.takeLine();
      if ((line?.length ?? this.input.length) > maxBytes) {
        this.stop({ kind: 'broken', problem: `the server sent a line of more than ${maxBytes} bytes` });
      } else if (line !== undefined) return line;
      else if (!(await this.input.more())) return undefined;
    }
    return undefined;
  }

  /** Sends what waits, unless `isPointless`, and closes; resolves when that is done, `maxMs` later at the latest. */
  async leave(clock: Clock, maxMs: number, isPointless: boolean): Promise<void> {
    // What still comes is not read by anyone, but its end must be seen.
    this.input.end();
    this.connection.resume();
    if (isPointless) this.connection.destroy();
    const late = clock.after(maxMs, () => this.connection.destroy());
    await this.outgoing.idle();
    this.outgoing.close();
    this.connection.end();
    await this.closed;
    late.cancel();
  }
}
