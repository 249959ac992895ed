/** A message as the log stores it, with its position in the order of all messages. */
export interface Entry {
  /** Increases from entry to entry, is unique within an epoch, and is at least 1. */
  readonly position: number;
  /** When the server accepted it, milliseconds since 1970. For display; only `position` gives the order. */
  readonly timeMs: number;
  readonly sender: string;
  readonly message: Message;
}

/** A message to be appended to the log. */
export interface Draft extends Omit<Entry, 'position'> {
  /**
   * An id of the sender's choice, for deduplication: of several drafts with the same sender and id the first is stored and
   * the others get its position. This makes retries safe.
   */
  readonly retryId?: string;
}

export type Message =
  | {
      readonly kind: 'text';
      readonly text: string;
      /** Names that the text means but writes in another case. They belong to the message, as names come and go. */
      readonly meant?: readonly string[];
    }
  /** To everybody, regardless of its words. */
  | { readonly kind: 'broadcast'; readonly text: string }
  /** To one user: `to` is their name. */
  | { readonly kind: 'private'; readonly to: string; readonly text: string }
  /** To all who follow one of `terms` (as typed) or the sender; or, with `to` and no terms, to one user. */
  | {
      readonly kind: 'attachment';
      readonly terms: readonly string[];
      readonly to?: string;
      readonly file: StoredFile;
    }
  /** The disk has changed it, so that nobody can tell what it was. */
  | { readonly kind: 'damaged'; readonly to?: string; readonly text: '' };

/** Returns the recipient of a private message or file; undefined for all others. */
export function recipientOf(message: Message): string | undefined {
  return 'to' in message ? message.to : undefined;
}

/** The size of a message's texts in memory: two bytes for each UTF-16 unit. Terms and file names are texts. */
export function memoryBytes(message: Message): number {
  if (message.kind !== 'attachment') return 2 * message.text.length;
  let units = message.file.name.length;
  for (const term of message.terms) units += term.length;
  return 2 * units;
}

/** A file in the file store. */
export interface StoredFile {
  /** Its id in the file store: 32 lower-case hexadecimal digits. */
  readonly id: string;
  /** Base name, for display and for saving. */
  readonly name: string;
  readonly bytes: number;
  /** 64 lower-case hexadecimal digits. */
  readonly sha256: string;
}
