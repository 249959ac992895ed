import type { Trace } from '../trace/events.ts';

/** Whom `Recovery` tells what became of packets. */
export interface RecoveryEvents {
  /** What a packet carried arrived, or is to be sent again. */
  onChunk(isAcked: boolean, kind: number, stream: number, offset: number, length: number): void;
  /** A packet that only tried a size arrived, or is lost. */
  onSizeProbe(size: number, isAcked: boolean): void;
  /** What became of a packet of `size` bytes. */
  onDatagram(size: number, isAcked: boolean): void;
  /** Three time-outs in a row, while packets of up to `size` bytes were under way. */
  onSilence(size: number): void;
  /** Takes what happens, if anybody watches. */
  readonly trace?: Trace | undefined;
}
