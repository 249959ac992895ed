import type { SeekableFile } from './file-streams.ts';

/** A stream of bytes: an async generator, Node's `Readable`, a web `ReadableStream`. */
export type ByteStream =
  | AsyncIterable<Uint8Array>
  | { getReader(): { read(): Promise<{ readonly done: boolean; readonly value?: Uint8Array | undefined }> } };

/** What a `Blob` and a `File` have. */
export interface ByteBlob {
  readonly size: number;
  slice(start: number, end: number): { arrayBuffer(): Promise<ArrayBuffer> };
}

/** A file to attach that is in memory or comes from a stream. */
export type FileContent =
  | {
      /** The file name under which it is announced. */
      readonly name: string;
      /**
       * The bytes, which must not change while they are sent. A stream is read once, into memory: 16 MiB at most. For
       * more, give a function that opens it.
       */
      readonly content: Uint8Array | ByteBlob | ByteStream;
    }
  | {
      readonly name: string;
      /** The number of bytes. */
      readonly size: number;
      /**
       * Opens the content from its beginning: once to compute its hash, once to send it, and again when the connection
       * breaks. It must give the same bytes each time.
       */
      open(): ByteStream | Promise<ByteStream>;
    };

const maxSpooledBytes = 16 * 1024 * 1024;

/** Opens `file` for an upload. Rejects with an error for people. */
export async function openContent(file: FileContent): Promise<SeekableFile> {
  if ('open' in file) return new ReopenedFile(file.size, () => file.open());
  const { content } = file;
  if (content instanceof Uint8Array) return fileOf(content);
  if ('slice' in content) {
    return {
      bytes: content.size,
      readAt: async (offset, most) =>
        new Uint8Array(await content.slice(offset, offset + most).arrayBuffer()),
      close: async () => {},
    };
  }
  return fileOf(await spooled(content));
}

function fileOf(bytes: Uint8Array): SeekableFile {
  return {
    bytes: bytes.length,
    readAt: async (offset, most) => bytes.subarray(offset, offset + most),
    close: async () => {},
  };
}

async function spooled(stream: ByteStream): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  let size = 0;
  for await (const piece of iterated(stream)) {
    size += piece.length;
    if (size > maxSpooledBytes) {
      throw new Error(
        `the stream has more than ${maxSpooledBytes} bytes; give its size and a function that opens it`,
      );
    }
    pieces.push(piece);
  }
  const bytes = new Uint8Array(size);
  let at = 0;
  for (const piece of pieces) {
    bytes.set(piece, at);
    at += piece.length;
  }
  return bytes;
}

/** A file that is read forwards; going back opens it again. */
class ReopenedFile implements SeekableFile {
  readonly bytes: number;
  readonly #open: () => ByteStream | Promise<ByteStream>;
  #pieces: AsyncIterator<Uint8Array> | undefined;
  /** What was read and not returned yet; it begins at `#offset`. */
  #rest = new Uint8Array();
  #offset = 0;

  constructor(bytes: number, open: () => ByteStream | Promise<ByteStream>) {
    this.bytes = bytes;
    this.#open = open;
  }

  async readAt(offset: number, most: number): Promise<Uint8Array> {
    if (this.#pieces === undefined || offset < this.#offset) {
      await this.close();
      this.#pieces = iterated(await this.#open())[Symbol.asyncIterator]();
    }
    while (this.#offset + this.#rest.length <= offset || this.#rest.length === 0) {
      this.#offset += this.#rest.length;
      const { done, value } = await this.#pieces.next();
      this.#rest = done === true ? new Uint8Array() : new Uint8Array(value);
      if (done === true) return this.#rest;
    }
    const start = offset - this.#offset;
    const bytes = this.#rest.subarray(start, start + most);
    this.#offset += start + bytes.length;
    this.#rest = this.#rest.subarray(start + bytes.length);
    return bytes;
  }

  async close(): Promise<void> {
    const pieces = this.#pieces;
    this.#pieces = undefined;
    this.#rest = new Uint8Array();
    this.#offset = 0;
    await pieces?.return?.();
  }
}

/** Some browsers' `ReadableStream` is no async iterable. */
async function* iterated(stream: ByteStream): AsyncGenerator<Uint8Array, void, void> {
  if (Symbol.asyncIterator in stream) {
    yield* stream;
    return;
  }
  const reader = stream.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done || value === undefined) return;
    yield value;
  }
}
