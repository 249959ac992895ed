/** What messages and attachments have in common. */
export interface Said {
  /** Its place in the server's total order; undefined over CHAT/1.0, which has no positions. */
  readonly position: number | undefined;
  /** The sender's name. */
  readonly from: string;
  /**
   * The recipient of a private message; undefined for a public one. Over CHAT/1.0 a public text that begins with
   * `(private)` looks like a private message.
   */
  readonly to: string | undefined;
  /** When the server took it, in milliseconds since 1970; over CHAT/1.0 when it arrived. */
  readonly timeMs: number;
  /**
   * This user's terms that matched: phrases, then the others, sorted. Empty for private messages, the user's own ones,
   * those that `follow` returns, and over CHAT/1.0.
   */
  readonly matched: readonly string[];
  /** True in the results of `history` and `follow`, false in events. */
  readonly isReplay: boolean;
  /** This user sent it, from another device or in an earlier run. A client gets no echo of its own messages. */
  readonly isOwn: boolean;
}

/** A text message. */
export interface ChatMessage extends Said {
  readonly kind: 'message';
  /** 1 to 65,535 characters in one line, without control characters but TAB. */
  readonly text: string;
}

/** A file that somebody attached; `fetch` downloads it. */
export interface ChatAttachment extends Said {
  readonly kind: 'attachment';
  readonly id: string;
  /** The file name that the sender chose. It is not trusted: never create a file of that name. */
  readonly name: string;
  readonly bytes: number;
  /** 64 hexadecimal digits in lower case. */
  readonly sha256: string;
}

/** A range of positions that can no longer be read, both ends included. */
export interface Gap {
  readonly from: number;
  readonly to: number;
}

/** What can wait to be handled. */
export type Entry = ChatMessage | ChatAttachment;
