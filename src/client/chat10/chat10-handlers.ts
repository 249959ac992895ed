import type { Broken } from '../client-socket.ts';
import type { FileSink, FileSource } from '../file-streams.ts';

/**
 * What a `Chat10Client` calls. It speaks the protocol and knows no screen and no disk; the handlers show, save and read,
 * and know no protocol.
 */
export interface Chat10Handlers {
  /** The server has taken the name: from here on `say` is of use. */
  onRegistered(): void;
  /** A line of chat or an answer of the server, as it came: it may hold anything but a line end. */
  onText(line: string): void;
  /** Something went wrong that does not end the chat, in words for the user; may hold what a stranger sent. */
  onProblem(problem: string): void;
  /**
   * The file that the user named in `!attach`; undefined when it cannot be sent, which the handlers have told their
   * user by then. Never rejects.
   */
  openFile(path: string): Promise<FileSource | undefined>;
  /** Where an announced file goes. Never rejects: handlers that cannot save return a sink that swallows. */
  saveFile(announced: AnnouncedFile): Promise<FileSink>;
}

export interface AnnouncedFile {
  /** As the server sent it: a stranger's words, not a name to create. */
  readonly file: string;
  /** Who sent it; undefined when the server does not say. */
  readonly origin: string | undefined;
  readonly bytes: number;
}

/** Why a connection is over. */
export type Chat10Ending =
  /** `quit` was called. */
  | { readonly kind: 'left' }
  /** The server said `DISCONNECT CHAT/1.0`, or closed in order after the user's `!exit` (`asked`). */
  | { readonly kind: 'closed-by-server'; readonly asked: boolean }
  /** 400, 401, 403, … to REGISTER; `text` is the server's. */
  | { readonly kind: 'refused'; readonly code: number; readonly text: string }
  /** No answer to REGISTER in time. */
  | { readonly kind: 'unanswered' }
  /** The answer to REGISTER is none of CHAT/1.0. */
  | { readonly kind: 'foreign'; readonly line: string }
  /** The connection ended without a word. */
  | { readonly kind: 'lost'; readonly cause: Error | undefined }
  | Broken;
