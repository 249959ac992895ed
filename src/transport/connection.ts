import type { ChatAddress } from './address.ts';

/**
 * A connection: bytes in both directions, in order, and an end. Transports make connections; everything above
 * sees only this, whatever carries the bytes. This folder knows sockets and nothing of chat.
 */
export interface Connection {
  /** The peer's address without its port. */
  readonly remoteAddress: string;
  /** Whether the peer is on this machine. */
  readonly isLoopback: boolean;
  /**
   * Bytes given to `write` that the system has not taken yet. When this is above 0 after a `write`, `onDrain` says
   * when it falls to 0; what was taken at once has no `onDrain`.
   */
  readonly unsentBytes: number;
  /** How many bytes the system has taken so far; where it does not tell before all are taken, as many as that were. */
  readonly sentBytes: number;

  /** Tells whom to call. Once, in the turn in which the connection came, so that no event is missed. */
  attach(handlers: ConnectionHandlers): void;
  /** Sends `bytes` after all that was written before. The caller may not change them any more. */
  write(bytes: Uint8Array): void;
  /** Stops and starts `onData`; a little that was on its way may still come after `pause`. */
  pause(): void;
  resume(): void;
  /** Sends what was written, then says that no more will come. Reading goes on. Idempotent. */
  end(): void;
  /** Ends both directions at once; what was not sent is lost. Idempotent; `onClose` follows. */
  destroy(): void;
}

export interface ConnectionHandlers {
  onData(chunk: Uint8Array): void;
  /** Everything written has been taken by the system. */
  onDrain(): void;
  /** The peer sends no more; it may still read. */
  onEnd(): void;
  /** The last event, exactly once, also after `destroy` and after an error (which it names). */
  onClose(error?: Error): void;
}

/** Where connections come in: the port is the one that the system chose, where it was to. */
export interface Listener extends ChatAddress {
  /** Takes no new connections; those that are open stay. Idempotent. */
  close(): Promise<void>;
}
