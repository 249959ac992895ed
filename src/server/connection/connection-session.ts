import type { Logger } from 'pino';
import type { Timer } from '../../scheduling/clock.ts';
import type { Connection } from '../../transport/connection.ts';
import type { Input } from '../../transport/input.ts';
import type { Carried } from '../../transport/web-socket-server.ts';
import type { Outbox } from '../outbox/outbox.ts';

/** What the operator can do with a connection, in the form of its protocol. */
export interface Operable {
  /** Says why and ends the connection; the peer's further requests are not handled. */
  kick(why: string): void;
  /** Whether the protocol has a form for announcements; without one they come as messages from `operatorName`. */
  readonly hasNotices: boolean;
  /** Shows `text`, one line, as coming from the server. */
  announce(text: string): void;
}

/**
 * The part of a connection that a protocol uses. `Session` implements it.
 *
 * | end       | who calls it                                  | what the peer sees                              |
 * |-----------|-----------------------------------------------|-------------------------------------------------|
 * | `refuse`  | the session, a protocol: the peer is not let in | one line, then the end of the connection      |
 * | `leave`   | a protocol: the conversation is over          | its queued frames, the last line, then the end  |
 * | `drop`    | a protocol: the peer said goodbye             | the end                                         |
 * | `expel`   | a protocol: the peer's grant was revoked      | as after `leave`, `lingerMs` later at the latest |
 * | `Operable.kick` | the operator                                  | why, if its protocol can say so; else the end   |
 * | `fail`    | code that catches an error of this peer       | the farewell (`DISCONNECT`); destroyed after `lingerMs` |
 * | throw     | a protocol, by mistake                        | the farewell, then the end                      |
 * | `abandon` | the server: its storage failed                | the farewell, and nothing that waits            |
 * | `stop`, `release` | the server shuts down: first all sessions settle, then all leave | see `leave`          |
 *
 * Lingering: our side is closed, and the peer's bytes are read and discarded for `lingerMs`, because closing a socket
 * with unread bytes would reach the peer as a reset and destroy the last words on their way.
 */
export interface ConnectionSession {
  readonly connection: Connection;
  /** See `addressGroup`. */
  readonly address: string;
  readonly input: Input;
  readonly logger: Logger;
  readonly isClosed: boolean;
  /** The server is shutting down: nothing new begins. */
  readonly isStopping: boolean;
  /**
   * Set by `Peer`. From then on everything is sent through it, except the last words of `refuse`, `fail` and `abandon`.
   */
  outbox: Outbox | undefined;
  /** Sent as the last words when the session or the storage fails; empty for none. */
  farewell: string;
  /** Set by the protocol when its conversation begins. */
  operable: Operable | undefined;
  /** Set by `Device` while a user is logged in. */
  userName: string | undefined;
  /** Like the clock's `after`, but an `action` that throws fails this session and nothing else. */
  after(delayMs: number, action: () => void): Timer;
  /**
   * Resolves when `begin`'s `resume` is called, or as soon as the connection closes or the server shuts down, and then
   * cancels the timer that `begin` returned. One pause at a time.
   */
  pause(begin: (resume: () => void) => Timer | undefined): Promise<void>;

  /**
   * From now on this session's connection is `connection`, which its present one carries. When the protocol that called
   * this is over, the next line chooses another one.
   */
  carry(carried: Carried): Promise<void>;

  // The ways to end.
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
  /** Returns the answer to a connection from an address that is banned; `why` is one line. */
  readonly banned?: (why: string) => string;
  /** Returns how to serve a connection with this first line; undefined when the line belongs to another protocol. */
  readonly begin: (firstLine: string) => Serve | undefined;
}

/** A protocol of clients that never send line ends. */
export interface RawProtocol extends Protocol {
  /** Whether this first read can be a whole first line: its client is served, or refused, without a line end. */
  readonly isOpening: (firstRead: string) => boolean;
}

/** The first row that accepts a connection's first line serves it. */
export interface ProtocolTable {
  readonly rows: readonly Protocol[];
  readonly raw: RawProtocol;
  /** Returns the answer to a first line that only asks what this server speaks: the next line then counts as the first. */
  readonly greet?: (firstLine: string) => string | undefined;
  /** What is spoken over a connection that one of these protocols carries. */
  readonly carried?: ProtocolTable;
  /** The answer to a first line that no row accepts. */
  readonly refusal: string;
  /** Why it was refused, for the log. */
  readonly refusalReason: (firstLine: string) => string;
}
