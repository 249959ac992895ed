import type { OpeningKeys, SealingKeys } from './packets/packet-keys.ts';
import type { Random, Transmit, UdpSettings } from './settings.ts';
import type { SharedCredit } from './streams/credit.ts';
import type { Stream } from './streams/stream.ts';
import type { Trace } from './trace/events.ts';

/** What the handshake hands to an association. */
export interface AssociationOptions {
  readonly isClient: boolean;
  readonly settings: UdpSettings;
  readonly random: Random;
  readonly transmit: Transmit;
  readonly shared: SharedCredit;
  readonly ownId: Uint8Array;
  readonly peerId: Uint8Array;
  readonly sealing: SealingKeys;
  readonly opening: OpeningKeys;
  /** What the server's stateless reset ends with; the client has it from ACCEPT. */
  readonly resetToken?: Uint8Array;
  readonly idleTimeoutMs: number;
  /** How long the handshake's answer took, if it is known. */
  readonly firstRoundTripMs: number | undefined;
  readonly host: string;
  readonly port: number;
  readonly nowMs: number;
  /** Takes what happens, for whoever wants to watch. */
  readonly trace?: Trace | undefined;
  readonly events: AssociationEvents;
}

export interface AssociationEvents {
  /** The peer has opened a stream: attach handlers within the call. */
  onStream(stream: Stream): void;
  /** Nothing more happens. `error` is why, unless it was closed in order. */
  onGone(error: Error | undefined): void;
  /** `poll` has something to do now. */
  onWork(): void;
}
