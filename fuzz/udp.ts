import type { Target } from './target.ts';
import { frames, handshakes } from './udp-packets.ts';
import { badPath } from './udp-path.ts';
import { peer } from './udp-peer.ts';
import { strangers } from './udp-strangers.ts';

/** The transport over UDP: its packets, and what strangers, a hostile peer and a bad path do to its state. */
export const udp: readonly Target[] = [frames, handshakes, strangers, peer, badPath];
