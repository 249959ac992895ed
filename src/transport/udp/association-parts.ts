import type { OpeningKeys, SealingKeys } from './packets/packet-keys.ts';
import type { Path } from './path.ts';
import type { Acknowledger } from './recovery/acknowledger.ts';
import type { DatagramSize } from './recovery/datagram-size.ts';
import type { Recovery } from './recovery/recovery.ts';
import type { Random, Transmit, UdpSettings } from './settings.ts';
import type { StreamTable } from './streams/stream-table.ts';
import type { AssociationTrace } from './trace/association-trace.ts';

/** What an association consists of; `association.ts` makes them, and passes packets among them. */
export interface AssociationParts {
  readonly settings: UdpSettings;
  readonly random: Random;
  readonly transmit: Transmit;
  /** The connection id that the peer puts into packets to us, and the one that it wants in ours. */
  readonly ownId: Uint8Array;
  readonly peerId: Uint8Array;
  readonly sealing: SealingKeys;
  readonly opening: OpeningKeys;
  readonly path: Path;
  readonly acknowledger: Acknowledger;
  readonly recovery: Recovery;
  readonly size: DatagramSize;
  readonly streams: StreamTable;
  /** Undefined when nobody watches. */
  readonly trace: AssociationTrace | undefined;
}
