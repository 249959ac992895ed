import { Histogram, secondsBounds } from './histogram.ts';

/** The part of an entry that is counted. */
interface Counted {
  readonly message: { readonly kind: string; readonly file?: { readonly bytes: number } };
}

/** What fan-out has done since the server started. Groups that were committed meanwhile share a delivery. */
export class FanOutCounts {
  /** Messages that were stored, without repeats. */
  stored = 0;
  /** Those of them that announce a file, and the bytes of these files. */
  files = 0;
  fileBytes = 0;
  /** Messages that were handed to outboxes; one that reaches three devices counts three times. */
  delivered = 0;
  /** How long it took to find who follows the messages of the delivery that goes on, in milliseconds. */
  matchMs = 0;
  /** The same of each delivery, in seconds. */
  readonly matchSeconds = new Histogram(secondsBounds);
  /** From the start of the fan-out of its first group until its outboxes are flushed, in seconds. */
  readonly deliverySeconds = new Histogram(secondsBounds);

  addStored(entries: readonly Counted[]): void {
    this.stored += entries.length;
    for (const { message } of entries) {
      if (message.file === undefined) continue;
      this.files++;
      this.fileBytes += message.file.bytes;
    }
  }

  /** A delivery is over. */
  flushed(tookMs: number): void {
    this.matchSeconds.observe(this.matchMs / 1_000);
    this.matchMs = 0;
    this.deliverySeconds.observe(tookMs / 1_000);
  }
}
