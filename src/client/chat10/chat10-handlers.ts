import type { Broken } from '../client-socket.ts';
import type { FileSink, FileSource } from '../file-streams.ts';

/**
 * The callbacks of a `Chat10Client`. The client speaks the protocol and knows no screen and no disk; the handlers show,
 * save and read, and know no protocol.
 */
export interface Chat10Handlers {
  /** The server accepted the name; `say` may be called from now on. */
  onRegistered(): void;
  /** A line of chat or an answer of the server, as it came: untrusted, it may hold anything but a line end. */
  onText(line: string): void;
  /** Something went wrong that does not end the chat. `problem` is for the user and may quote untrusted text. */
  onProblem(problem: string): void;
  /**
   * Opens the file that the user named in `!attach`. Resolves with undefined when it cannot be sent, after telling the
   * user. Never rejects.
   */
  openFile(path: string): Promise<FileSource | undefined>;
  /** Resolves with the sink for an announced file. Never rejects: if saving fails, the sink discards the bytes. */
  saveFile(announced: AnnouncedFile): Promise<FileSink>;
}

export interface AnnouncedFile {
  /** The file name as the server sent it: untrusted, never create a file of that name. */
  readonly file: string;
  /** The sender; undefined when the server does not say. */
  readonly origin: string | undefined;
  readonly bytes: number;
}

/** Why a connection ended. */
export type Chat10Ending =
  /** `quit` was called. */
  | { readonly kind: 'left' }
  /** The server said `DISCONNECT CHAT/1.0`, or closed in order after the user's `!exit` (`asked`). */
  | { readonly kind: 'closed-by-server'; readonly asked: boolean }
  /** 400, 401, 403, … to REGISTER; `text` is the server's. */
  | { readonly kind: 'refused'; readonly code: number; readonly text: string }
  /** No answer to REGISTER in time. */
  | { readonly kind: 'unanswered' }
  /** The answer to REGISTER is not CHAT/1.0. */
  | { readonly kind: 'foreign'; readonly line: string }
  /** The connection broke, or the server closed it without DISCONNECT. */
  | { readonly kind: 'lost'; readonly cause: Error | undefined }
  | Broken;
