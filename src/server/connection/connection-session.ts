import type { Logger } from 'pino';
import type { Timer } from '../../scheduling/clock.ts';
import type { Connection } from '../../transport/connection.ts';
import type { Input } from '../../transport/input.ts';
import type { Outbox } from '../outbox/outbox.ts';

/** What a protocol uses of the connection that it is spoken on. `Session` implements it. */
export interface ConnectionSession {
  readonly connection: Connection;
  /** See `addressGroup`. */
  readonly address: string;
  readonly input: Input;
  readonly logger: Logger;
  readonly isClosed: boolean;
  /** The server is shutting down: nothing new begins. */
  readonly isStopping: boolean;
  /** Set once the peer has been let in: everything that it is sent from then on goes this way. */
  outbox: Outbox | undefined;
  /** The last words to a peer when its session fails, or the storage does; empty for none. */
  farewell: string;
  /** Like the clock's `after`, but an `action` that throws fails this session and nothing else. */
  after(delayMs: number, action: () => void): Timer;
  /**
   * Serves nothing until `begin`'s `resume` is called; ends at once, and cancels the timer that `begin` returned, when
   * the connection closes or the server shuts down. One pause at a time.
   */
  pause(begin: (resume: () => void) => Timer | undefined): Promise<void>;

  // The ways to end, as the table above `Session` has them.
  settle(): Promise<void>;
  refuse(text: string): Promise<void>;
  leave(last?: string): Promise<void>;
  drop(): Promise<void>;
  expel(): void;
  fail(what: string, error?: unknown): void;
}

/** Serves a connection until its end. */
export type Serve = (session: ConnectionSession) => Promise<void>;

/** A protocol that the server speaks. */
export interface Protocol {
  readonly name: string;
  /** How to serve a connection whose first line is this one; undefined when the line belongs to another protocol. */
  readonly begin: (firstLine: string) => Serve | undefined;
}

/** The first row that knows a first line takes the connection. */
export interface ProtocolTable {
  readonly rows: readonly Protocol[];
  /** What a peer is answered whose first line no row knows. */
  readonly refusal: string;
}
