import { type FileHandle, open } from 'node:fs/promises';

/** A part of the file, shared by the readers that are at it. */
interface Piece {
  readonly position: number;
  readonly buffer: Buffer;
  readonly bytes: Promise<Uint8Array>;
  holders: number;
  /** No former holder can still be sending it. */
  isReusable: boolean;
}

/** Buffers kept for the next pieces: readers in step need no more. */
const spareBuffers = 2;

/**
 * An open file and its current readers. A piece is read once for all readers that reach it while one of them holds it, so
 * many readers in step cost little more than one.
 */
export class SharedFile {
  readonly #handle: Promise<FileHandle>;
  readonly #pieceBytes: number;
  readonly #onUnused: () => void;
  readonly #pieces = new Map<number, Piece>();
  readonly #spare: Buffer[] = [];
  #readers = 0;

  /** Pieces have `pieceBytes`. The file is closed with its last reader; after `onUnused` there must be no new one. */
  constructor(path: string, pieceBytes: number, onUnused: () => void) {
    this.#handle = open(path, 'r');
    this.#pieceBytes = pieceBytes;
    this.#onUnused = onUnused;
  }

  /** As `FileStore.read`, but rejects when the file cannot be opened. */
  async read(from: number): Promise<AsyncGenerator<Uint8Array, void>> {
    this.#readers++;
    const pieces = this.#piecesFrom(from);
    // Started here, so that `return` counts the reader out even before the first piece.
    await pieces.next();
    return pieces;
  }

  /** Yields an empty piece, then those of the file. */
  async *#piecesFrom(from: number): AsyncGenerator<Uint8Array, void> {
    const held: Piece[] = [];
    try {
      const handle = await this.#handle;
      yield new Uint8Array();
      for (let position = from; ; ) {
        const piece = this.#hold(handle, position);
        held.push(piece);
        const bytes = await piece.bytes;
        if (bytes.length === 0) return;
        position += bytes.length;
        yield bytes;
        const [before] = held.length > 1 ? held.splice(0, 1) : [];
        if (before !== undefined) this.#giveBack(before);
      }
    } finally {
      for (const piece of held) {
        // The reader stopped, but may still be sending the piece.
        piece.isReusable = false;
        this.#giveBack(piece);
      }
      await this.#leave();
    }
  }

  #hold(handle: FileHandle, position: number): Piece {
    const piece = this.#pieces.get(position) ?? this.#read(handle, position);
    piece.holders++;
    return piece;
  }

  #read(handle: FileHandle, position: number): Piece {
    const buffer = this.#spare.pop() ?? Buffer.allocUnsafeSlow(this.#pieceBytes);
    const bytes = handle
      .read(buffer, 0, buffer.length, position)
      .then(({ bytesRead }) => buffer.subarray(0, bytesRead));
    const piece = { position, buffer, bytes, holders: 0, isReusable: true };
    this.#pieces.set(position, piece);
    return piece;
  }

  #giveBack(piece: Piece): void {
    piece.holders--;
    if (piece.holders > 0) return;
    this.#pieces.delete(piece.position);
    if (piece.isReusable && this.#spare.length < spareBuffers) this.#spare.push(piece.buffer);
  }

  async #leave(): Promise<void> {
    this.#readers--;
    if (this.#readers > 0) return;
    this.#onUnused();
    await (await this.#handle).close();
  }
}
