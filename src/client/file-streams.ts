/** An open file to send, of known size. */
export interface FileSource {
  readonly bytes: number;
  /** Resolves with the next bytes, at most `most`; with none at the end. Rejects with the system's error. */
  read(most: number): Promise<Uint8Array>;
  close(): Promise<void>;
}

/** An open file to send that can be read at any offset. */
export interface SeekableFile {
  readonly bytes: number;
  /** Resolves with at most `most` bytes from `offset` on; with none at the end. Rejects with the system's error. */
  readAt(offset: number, most: number): Promise<Uint8Array>;
  close(): Promise<void>;
}

/**
 * Writes a received file: the chunks in order, then `finish` or `abandon`. Nothing rejects. After an error the sink
 * reports it once and discards the rest, because in CHAT/1.0 the client must read the file's bytes to stay in step.
 */
export interface FileSink {
  write(chunk: Uint8Array): Promise<void>;
  /** Completes the file, after all announced bytes. */
  finish(): Promise<void>;
  /** Deletes the incomplete file. */
  abandon(): Promise<void>;
}

/** A sink whose reader may be slow: ask for no more bytes until it has drained. */
export interface SlowSink extends FileSink {
  readonly isDrained: boolean;
  /** Resolves when `isDrained` may have changed. */
  changed(): Promise<void>;
}

export interface SavedFileHandlers {
  /** The complete file is in the folder, under `name`. */
  onSaved(name: string): void;
  /** The file could not be saved; called once, with the reason. */
  onFailed(reason: string): void;
  /** The rest of the file never came; the part that did is deleted. */
  onAbandoned(): void;
}

/** A folder for received files. */
export interface FileFolder {
  /** Resolves with the reason, for people, why files cannot be saved here; undefined when they can. */
  problem(): Promise<string | undefined>;
  /** Creates a file for the untrusted name `announced`. Never rejects; problems go to `handlers`. */
  create(announced: string, handlers: SavedFileHandlers): Promise<FileSink>;
}

/** Hashes bytes piece by piece. */
export interface Sha256 {
  update(piece: Uint8Array): void;
  /** Returns 64 hexadecimal digits in lower case. Call it once, at the end. */
  hex(): string | Promise<string>;
}
