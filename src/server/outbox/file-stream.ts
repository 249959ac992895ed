import type { Clock } from '../../scheduling/clock.ts';
import { ConditionVariable } from '../../scheduling/condition-variable.ts';
import type { Connection } from '../../transport/connection.ts';
import type { StoredFile } from '../messages/entry.ts';
import type { Frame } from './frame.ts';

/**
 * A slow reader gets a file in parts of this size and must take one before the next is written. Chat then still fits
 * beside the file within `outboxBytes`, and the stall watch sees the reader take something.
 */
const partBytes = 128 * 1024;
/** A reader that takes a part within this time gets whole pieces, which cost less. */
const quickMs = 250;

/** Returns a file's bytes in pieces, as `FileStore.read` does; undefined when the file is gone. */
export type OpenFile = (file: StoredFile) => Promise<AsyncIterable<Uint8Array> | undefined>;

export interface FileStreamOptions {
  readonly connection: Pick<Connection, 'write' | 'unsentBytes'>;
  readonly clock: Clock;
  /** How long the connection stays silent after the last byte. */
  readonly afterFileMs: number;
  readonly open: OpenFile;
}

/**
 * Sends one stored file to one reader, at the reader's pace. The owner writes nothing else to the connection until `send`
 * resolves, and forwards the connection's `onDrain`.
 *
 * `send` writes the frame that announces the file, then exactly `file.bytes` bytes, and resolves `afterFileMs` after the
 * reader took the last of them. When the file is gone it writes the frame's `withoutFile` instead. It rejects when the
 * file cannot be read or has another length than it had; what was written until then cannot be taken back, so the
 * connection must end. After `cancel` it writes nothing more and resolves as soon as the file is closed.
 */
export class FileStream {
  readonly #options: FileStreamOptions;
  readonly #changed = new ConditionVariable();
  #isCancelled = false;

  constructor(options: FileStreamOptions) {
    this.#options = options;
  }

  async send(frame: Frame, file: StoredFile): Promise<void> {
    const { connection, clock, afterFileMs, open } = this.#options;
    const pieces = await open(file);
    if (!this.#isCancelled)
      connection.write(pieces === undefined ? (frame.withoutFile ?? frame.bytes) : frame.bytes);
    if (pieces === undefined) return;
    // Also when cancelled: only a loop that was entered closes the file.
    let left = file.bytes;
    for await (const part of partsOf(pieces, clock)) {
      left -= part.length;
      if (left < 0) break;
      await this.#allTaken();
      if (this.#isCancelled) return;
      connection.write(part);
    }
    // The reader counts bytes: it would read what follows as part of the file.
    if (left !== 0) throw new Error(`the stored file ${file.id} has not the ${file.bytes} bytes it had`);
    await this.#allTaken();
    if (!this.#isCancelled) await new Promise<void>((resolve) => clock.after(afterFileMs, resolve));
  }

  /** The connection has taken everything. */
  onDrain(): void {
    this.#changed.notify();
  }

  /** The connection is gone. Idempotent. */
  cancel(): void {
    this.#isCancelled = true;
    this.#changed.notify();
  }

  #allTaken(): Promise<undefined> {
    return this.#changed.until(() => this.#isCancelled || this.#options.connection.unsentBytes === 0);
  }
}

/** Yields the same bytes in the parts that are written. The next part is requested while the last one is being sent. */
async function* partsOf(pieces: AsyncIterable<Uint8Array>, clock: Clock): AsyncGenerator<Uint8Array, void> {
  let isQuick = false;
  let isFirst = true;
  for await (const piece of pieces) {
    for (let at = 0; at < piece.length; ) {
      const part = piece.subarray(at, isQuick ? undefined : at + partBytes);
      at += part.length;
      const yieldedMs = clock.monotonicMs();
      yield part;
      // The reader took the part before this one meanwhile, if there was one.
      isQuick = !isFirst && clock.monotonicMs() - yieldedMs < quickMs;
      isFirst = false;
    }
  }
}
