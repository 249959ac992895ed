/** A file to send, open and of a known size. */
export interface FileSource {
  readonly bytes: number;
  /** The next bytes, at most `most`; empty when there are no more. Rejects with the system's error. */
  read(most: number): Promise<Uint8Array>;
  close(): Promise<void>;
}

/** The same, from any offset. */
export interface SeekableFile {
  readonly bytes: number;
  /** The bytes from `offset` on, at most `most`; empty behind the last. Rejects with the system's error. */
  readAt(offset: number, most: number): Promise<Uint8Array>;
  close(): Promise<void>;
}

/**
 * Takes a file's bytes in order, then one of `finish` and `abandon`. Nothing rejects: after an error the sink
 * tells its user once and swallows the rest, because the stream has to be read in step to its end.
 */
export interface FileSink {
  write(chunk: Uint8Array): Promise<void>;
  /** All announced bytes were written. */
  finish(): Promise<void>;
  /** The rest will not come: nothing of the file stays. */
  abandon(): Promise<void>;
}

export interface SavedFileHandlers {
  /** The whole file is there, under `name` in the folder. */
  onSaved(name: string): void;
  /** It could not be saved, for this reason; said once. */
  onFailed(reason: string): void;
  /** The rest never came; nothing of it is there. */
  onAbandoned(): void;
}

/** Where received files go. */
export interface FileFolder {
  /** Why files cannot be saved here, in words for the user; undefined when they can. */
  problem(): Promise<string | undefined>;
  /** Begins a file that a stranger called `announced`. Never rejects; problems are told. */
  create(announced: string, handlers: SavedFileHandlers): Promise<FileSink>;
}

/** A hash of bytes that come piece by piece. */
export interface Sha256 {
  update(piece: Uint8Array): void;
  /** 64 hexadecimal digits in lower case. Once, at the end. */
  hex(): string | Promise<string>;
}
