import { type FileHandle, open } from 'node:fs/promises';

/** Some bytes of a file, for all who are there. */
interface Piece {
  readonly position: number;
  readonly buffer: Buffer;
  readonly bytes: Promise<Uint8Array>;
  holders: number;
  /** Nobody who had it can still be sending it. */
  isReusable: boolean;
}

/** So many buffers wait for the next piece: readers that keep step need no more. */
const spareBuffers = 2;

/**
 * A file and those who read it now. A piece is read once for all who come to it while somebody has it, so that many
 * readers who keep step cost hardly more than one.
 */
export class SharedFile {
  readonly #handle: Promise<FileHandle>;
  readonly #pieceBytes: number;
  readonly #onUnused: () => void;
  readonly #pieces = new Map<number, Piece>();
  readonly #spare: Buffer[] = [];
  #readers = 0;

  /** Pieces have `pieceBytes`. With its last reader it is closed; `onUnused` says so, and it takes no more. */
  constructor(path: string, pieceBytes: number, onUnused: () => void) {
    this.#handle = open(path, 'r');
    this.#pieceBytes = pieceBytes;
    this.#onUnused = onUnused;
  }

  /** As `FileStore.read`, but rejects when the file cannot be opened. */
  async read(from: number): Promise<AsyncGenerator<Uint8Array, void>> {
    this.#readers++;
    const pieces = this.#piecesFrom(from);
    // Begun here, so that the reader is counted out also when it stops before the first piece.
    await pieces.next();
    return pieces;
  }

  /** An empty piece, then those of the file. */
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
        // The reader asks for no more, but may still be sending it.
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
