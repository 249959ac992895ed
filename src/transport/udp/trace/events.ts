/**
 * What an association tells whoever watches it. Without an observer nothing of this is made. Times are in milliseconds,
 * sizes in bytes, rates in bytes per millisecond. No event has what a stream carries: it may be a password.
 */
export type TraceEvent =
  | HandshakeEvent
  | PacketEvent
  | RecoveryEvent
  | PathEvent
  | { readonly kind: 'closing'; readonly code: number }
  /** Nothing more happens. `error` is why, unless it was closed in order. */
  | { readonly kind: 'gone'; readonly error: Error | undefined };

export type HandshakeEvent =
  | {
      readonly kind: 'hello';
      readonly bytes: number;
      /** 1 for the first; counts anew with a cookie. */
      readonly attempt: number;
      readonly hasCookie: boolean;
    }
  | { readonly kind: 'retry'; readonly bytes: number }
  | { readonly kind: 'accept'; readonly bytes: number; readonly serverKey: Uint8Array }
  /** `tookMs` is unknown when more than one HELLO was sent. */
  | { readonly kind: 'open'; readonly tookMs: number | undefined };

/** `in` is what arrived here, `out` what left. */
export type Direction = 'in' | 'out';

export type PacketEvent =
  | {
      readonly kind: 'packet';
      readonly direction: Direction;
      readonly number: number;
      readonly bytes: number;
      readonly frames: readonly TracedFrame[];
    }
  /** A datagram that changes nothing: it came before, or the peer did not seal it. */
  | { readonly kind: 'ignored'; readonly bytes: number; readonly why: 'repeated' | 'unsealed' }
  /** The server knows nothing of this association: a stateless reset. */
  | { readonly kind: 'reset'; readonly bytes: number }
  /** A datagram that was thrown away here, to show what loss does. `number` is undefined for one of the handshake. */
  | {
      readonly kind: 'dropped';
      readonly direction: Direction;
      readonly bytes: number;
      readonly number: number | undefined;
    };

export type TracedFrame =
  | { readonly type: 'ping' }
  | { readonly type: 'padding'; readonly bytes: number }
  | {
      readonly type: 'ack';
      /** First and last number, the highest range first; the low 32 bits. */
      readonly ranges: readonly (readonly [number, number])[];
      readonly delayMs: number;
    }
  | { readonly type: 'max-stream'; readonly stream: number; readonly offset: number }
  | { readonly type: 'max-streams'; readonly count: number }
  | { readonly type: 'reset'; readonly stream: number; readonly finalOffset: number; readonly code: number }
  | { readonly type: 'stop'; readonly stream: number; readonly code: number }
  | {
      readonly type: 'stream';
      readonly stream: number;
      readonly offset: number;
      readonly length: number;
      readonly isFinal: boolean;
      /** Some of these bytes were in an earlier packet. */
      readonly isAgain: boolean;
    }
  | { readonly type: 'challenge' }
  | { readonly type: 'response' }
  /** `reason` is the peer's words, untrusted. */
  | { readonly type: 'close'; readonly code: number; readonly reason: string };

export type RecoveryEvent =
  | {
      readonly kind: 'acked';
      readonly packets: number;
      readonly bytes: number;
      readonly roundTripMs: number;
      readonly smoothedMs: number;
      readonly underWayBytes: number;
    }
  | {
      readonly kind: 'lost';
      readonly number: number;
      readonly bytes: number;
      /** Later packets arrived; it is missing for too long; or nothing came back for three probe time-outs. */
      readonly why: 'overtaken' | 'overdue' | 'silence';
      /** How far behind the highest acknowledged number it is. */
      readonly behind: number;
      readonly missingMs: number;
    }
  /** It was taken for lost, and has arrived. */
  | { readonly kind: 'late'; readonly number: number }
  /** A probe time-out, the `count`th in a row. `isRestart`: what was known of the path no longer counts. */
  | { readonly kind: 'silence'; readonly count: number; readonly isRestart: boolean };

export type PathEvent =
  | { readonly kind: 'phase'; readonly phase: string }
  | {
      readonly kind: 'rate';
      readonly rate: number;
      readonly pace: number;
      /** The share that the path loses by itself, and that the pace makes up for. */
      readonly loss: number;
      readonly windowBytes: number;
    }
  | { readonly kind: 'datagram-size'; readonly bytes: number }
  /** The keys of one direction changed, for the `phase`th time. */
  | { readonly kind: 'key'; readonly direction: Direction; readonly phase: number }
  | { readonly kind: 'moved'; readonly host: string; readonly port: number; readonly isProven: boolean };

/** Takes events as they happen; `nowMs` is the time of the association. It must not call the association. */
export type Trace = (nowMs: number, event: TraceEvent) => void;
