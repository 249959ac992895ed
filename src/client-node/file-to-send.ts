import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import type { FileSource, SeekableFile } from '../client/file-streams.ts';

/**
 * Opens the file at `path` for sending, its size taken from the opened file. Rejects with the system's error,
 * or with one that says what it is instead of an ordinary file.
 */
export async function openFileToSend(path: string): Promise<FileToSend> {
  // Without O_NONBLOCK, opening a FIFO would wait for somebody who writes to it.
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

/** A file that is open for sending, of the size that it had then. */
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

  /** The bytes from `offset` on, at most `most`; where `read` goes on does not change. */
  async readAt(offset: number, most: number): Promise<Uint8Array> {
    return this.#read(most, offset);
  }

  async #read(most: number, offset: number | null): Promise<Uint8Array> {
    // A fresh buffer each time: what is read is given to the connection, which keeps it until it is sent.
    const { buffer, bytesRead } = await this.#handle.read(Buffer.allocUnsafeSlow(most), 0, most, offset);
    return buffer.subarray(0, bytesRead);
  }

  close(): Promise<void> {
    return this.#handle.close();
  }
}
