import type { Clock } from '../scheduling/clock.ts';
import type { Connection } from '../transport/connection.ts';
import { Input } from '../transport/input.ts';
import { Outgoing } from './outgoing.ts';

/** One side broke the protocol beyond recovery; `problem` is for the user. */
export interface Broken {
  readonly kind: 'broken';
  readonly problem: string;
}

export interface ClientSocketHandlers {
  onBytes?(count: number): void;
  onDrain?(): void;
  onClose?(): void;
}

/** The client's end of a connection, for every protocol: input, output, and why it ended. */
export class ClientSocket<Ending> {
  readonly connection: Connection;
  readonly input: Input;
  readonly outgoing: Outgoing;
  /** Resolves when the connection is closed. */
  readonly closed: Promise<void>;
  #closeError: Error | undefined;
  #stopped: Ending | Broken | undefined;

  /** Call it synchronously once the connection opens, or events are missed. */
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
        onEnd: () => this.input.finish(),
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

  /** The reason that was given to `stop`, if it was called. */
  get stopped(): Ending | Broken | undefined {
    return this.#stopped;
  }

  /** Stops reading. The first call's reason counts. */
  stop(ending: Ending | Broken): void {
    this.#stopped ??= ending;
    this.input.end();
  }

  /** Resolves with the next line, with undefined when the input ended or was stopped. A longer line stops it. */
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

  /** Flushes the output, unless `isPointless`, and closes. Resolves when the connection is closed, within `maxMs`. */
  async leave(clock: Clock, maxMs: number, isPointless: boolean): Promise<void> {
    // Nobody reads the rest of the input, but a paused connection would never report its end.
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
