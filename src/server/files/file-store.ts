/**
 * Stores the bytes of attachments, each file under a random id. Names, senders and recipients belong to the entry that
 * announces the file. A file exists whole or not at all: `read` finds it once `FileUpload.finish` has resolved.
 */
export interface FileStore {
  /** Returns how many bytes more the store can hold. Rejects when it cannot tell. */
  freeBytes(): Promise<number>;

  /** Begins a file. Never throws: `FileUpload.finish` rejects with what went wrong. */
  begin(): FileUpload;

  /**
   * Returns the bytes of a file from byte `from` on, in pieces of `maxBytes` and a last, shorter one; undefined when
   * there is no such file. Past the end there are no pieces. A piece is valid until the second one after it is
   * requested. Readers may share pieces, so nobody may change them. The file stays open until the last piece was
   * requested or the reader returns.
   */
  read(id: string, from?: number, maxBytes?: number): Promise<AsyncGenerator<Uint8Array, void> | undefined>;

  /** Removes a file that no entry announces. Does nothing when there is none. */
  remove(id: string): Promise<void>;

  /** Removes every file that was finished before `beforeMs` (milliseconds since 1970); returns how many. */
  removeOlderThan(beforeMs: number): Promise<number>;
}

/**
 * One file on its way into a store: any number of `write`s, then `finish` or `abort`. Opening the store again removes
 * what uploads of an earlier process left unfinished.
 */
export interface FileUpload {
  /** The file's id in the store: 32 lower-case hexadecimal digits. */
  readonly id: string;

  /**
   * The error of the first write that failed; undefined while none did. Its `code` is `ENOSPC` or `EDQUOT` when the
   * store is full.
   */
  readonly failure: unknown;

  /**
   * Appends `bytes`, which the caller must not change until this resolves. Never rejects: a failed write sets `failure`
   * and later ones do nothing, so that the caller can read its source to the end and stay in step with it. The next
   * piece may be written before this resolves, but should wait for `room`.
   */
  write(bytes: Uint8Array): Promise<void>;

  /** Returns undefined when another piece may be written; otherwise resolves when one may. */
  room(): Promise<void> | undefined;

  /**
   * Puts the file on stable storage under its id. Returns its length in bytes and its SHA-256 (64 lower-case
   * hexadecimal digits). Rejects with `failure` or with what went wrong here; the caller must `abort` then.
   */
  finish(): Promise<{ readonly bytes: number; readonly sha256: string }>;

  /** Removes everything of this file, also when it was finished. */
  abort(): Promise<void>;
}
