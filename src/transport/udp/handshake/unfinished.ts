import type { OpeningKeys, SealingKeys } from '../packets/packet-keys.ts';

/** A handshake that the server answered, and whose client has not shown yet that it got the answer. */
export interface Unfinished {
  readonly accept: Uint8Array;
  readonly serverId: Uint8Array;
  readonly clientId: Uint8Array;
  readonly sealing: SealingKeys;
  readonly opening: OpeningKeys;
  readonly idleTimeoutMs: number;
  readonly host: string;
  readonly port: number;
  readonly sinceMs: number;
  /** How often the answer was sent: once, and the client's first packet tells the round trip. */
  answers: number;
  isFinished: boolean;
}
