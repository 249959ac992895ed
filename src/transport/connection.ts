import type { ChatAddress } from './address.ts';

/**
 * A connection: a byte stream in each direction, which can end. Transports create connections; all other code sees only
 * this interface, whatever carries the bytes. This folder knows sockets and nothing of chat.
 */
export interface Connection {
  /** The peer's address without its port; of an IPv4 peer always in IPv4 form. */
  readonly remoteAddress: string;
  /** What carries the bytes, in a word for people; undefined for a plain socket. */
  readonly carrier?: string;
  /** Whether the peer is on this machine. */
  readonly isLoopback: boolean;
  /** Whether nobody on the way can read or change the bytes (TLS). */
  readonly isEncrypted: boolean;
  /** The path to the peer now, where the transport measures it. */
  readonly path?: PathFigures;
  /**
   * Bytes given to `write` that the system has not taken yet: above 0 there is back-pressure. If so after a `write`,
   * `onDrain` is called when it falls to 0; a write that is taken at once causes no `onDrain`.
   */
  readonly unsentBytes: number;
  /** Bytes that the system has taken so far. Where progress is unknown, a write counts when all of it is taken. */
  readonly sentBytes: number;

  /** Sets the handlers. Call it once, synchronously when the connection arrives, or events are missed. */
  attach(handlers: ConnectionHandlers): void;
  /**
   * Sends `bytes` after all that was written before. The caller must not change them afterwards, until `unsentBytes` is 0.
   */
  write(bytes: Uint8Array): void;
  /** `pause` stops `onData`, `resume` continues it. Data that was under way may still arrive after `pause`. */
  pause(): void;
  resume(): void;
  /** Half-closes: sends what was written, then the end of the stream. Reading continues. Idempotent. */
  end(): void;
  /** Closes both directions at once; unsent bytes are lost. Idempotent; `onClose` follows. */
  destroy(): void;
}

export interface PathFigures {
  readonly roundTripMs: number;
  /** The share of the packets sent lately that was lost, from 0 to 1. */
  readonly loss: number;
}

export interface ConnectionHandlers {
  onData(chunk: Uint8Array): void;
  /** The system has taken everything that was written. */
  onDrain(): void;
  /** The peer sends no more; it may still read. */
  onEnd(): void;
  /** The last event, exactly once, also after `destroy`. `error` is why the connection broke, if it did. */
  onClose(error?: Error): void;
}

/** A listening socket. `port` is the real one, also when the system chose it. */
export interface Listener extends ChatAddress {
  /** Accepts no new connections; open ones stay open. Idempotent. */
  close(): Promise<void>;
  /** Also ends what is left of its connections. Resolves when the port is free. Idempotent. */
  closeAll(): Promise<void>;
}
