import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import type { FileSource, SeekableFile } from '../client/file-streams.ts';

/** Opens the file at `path`. Rejects with the system's error, or an error for people when it is no ordinary file. */
export async function openFileToSend(path: string): Promise<FileToSend> {
  // Without O_NONBLOCK, opening a FIFO would wait for a writer.
  const handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const stats = await handle.stat();
    if (stats.isDirectory()) throw new Error('it is a folder');
    if (!stats.isFile()) throw new Error('it is not an ordinary file');
    return new FileToSend(handle, stats.size);
  } catch (error) {
    await handle.close();
    throw error;
  }
}

/** An open file; `bytes` is its size when it was opened. */
export class FileToSend implements FileSource, SeekableFile {
  readonly bytes: number;
  readonly #handle: FileHandle;

  constructor(handle: FileHandle, bytes: number) {
    this.#handle = handle;
    this.bytes = bytes;
  }

  async read(most: number): Promise<Uint8Array> {
    return this.#read(most, null);
  }

  /** As `SeekableFile` says; does not move the position of `read`. */
  async readAt(offset: number, most: number): Promise<Uint8Array> {
    return this.#read(most, offset);
  }

  async #read(most: number, offset: number | null): Promise<Uint8Array> {
    // A new buffer for each read, because the connection keeps the bytes until they are sent.
    const { buffer, bytesRead } = await this.#handle.read(Buffer.allocUnsafeSlow(most), 0, most, offset);
    return buffer.subarray(0, bytesRead);
  }

  close(): Promise<void> {
    return this.#handle.close();
  }
}
