/**
 * What all sides of the bench over a link have in common: a sender with a file that never ends, and lines of 200 bytes
 * beside it, and a receiver who counts. Each is a process of its own (`peer.ts`, `kcp-peer.mjs`), which is told by one
 * argument (`PeerSetup`, JSON) what to be, and speaks with the bench by messages.
 */
export const sideNames = ['ours', 'cubic', 'bbr', 'udx', 'kcp'] as const;
export type SideName = (typeof sideNames)[number];

export interface PeerSetup {
  readonly side: SideName;
  readonly role: 'receiver' | 'sender';
  readonly host: string;
  readonly port: number;
  readonly peerHost: string;
  readonly peerPort: number;
  /** The receiver's key, hexadecimal; only for the sender of `ours`. */
  readonly key?: string;
}

/** From the bench. `count`: what has come so far. */
export type PeerRequest = 'begin' | 'endLines' | 'count';

/** To the bench. Times are those of the machine's monotonic clock in nanoseconds, as text. */
export type PeerReport =
  | { readonly kind: 'ready'; readonly key?: string }
  | { readonly kind: 'begun'; readonly atNs: string }
  | { readonly kind: 'linesEnded'; readonly lines: number }
  | {
      readonly kind: 'counted';
      readonly atNs: string;
      readonly fileBytes: number;
      readonly delaysMs: readonly number[];
      /** Processor time of the process so far, both kinds. */
      readonly processorMs: number;
    };

/** Where a sender puts bytes; `write` returns false when it should wait for `onDrain`. */
export interface Sink {
  write(bytes: Uint8Array): boolean;
  onDrain: () => void;
}

export interface Sinks {
  readonly file: Sink;
  readonly lines: Sink;
}

export type Take = (stream: keyof Sinks, chunk: Uint8Array) => void;

/** How a side connects. */
export interface Side {
  /** Resolves when a sender can connect, with the receiver's key if it has one. */
  receive(setup: PeerSetup, take: Take): Promise<string | undefined>;
  send(setup: PeerSetup): Promise<Sinks>;
}

export const lineBytes = 200;
export const lineEveryMs = 50;
