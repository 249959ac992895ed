/** What the log holds: one message, stored, with its place in the one order of everything. */
export interface Entry {
  /** Grows by at least 1 from entry to entry, and is never given twice within an epoch; the first is 1. */
  readonly position: number;
  /** When the server took it, milliseconds since 1970. For showing; order comes from `position` alone. */
  readonly timeMs: number;
  readonly sender: string;
  readonly message: Message;
}

/** A message on its way to the log. */
export interface Draft extends Omit<Entry, 'position'> {
  /**
   * What its sender calls it, so that sending it again is safe: of drafts with one sender and one id the first is
   * stored and the others are told its position.
   */
  readonly retryId?: string;
}

export type Message =
  | { readonly kind: 'text'; readonly text: string }
  /** For everybody, whatever its words are. */
  | { readonly kind: 'broadcast'; readonly text: string }
  /** Between two people: `to` is the other one's name. */
  | { readonly kind: 'private'; readonly to: string; readonly text: string }
  /** For everybody who follows one of `terms` (as typed) or the sender; with `to` between two people, without terms. */
  | {
      readonly kind: 'attachment';
      readonly terms: readonly string[];
      readonly to?: string;
      readonly file: StoredFile;
    };

/** Whom a message between two people is for; undefined for all others. */
export function recipientOf(message: Message): string | undefined {
  return 'to' in message ? message.to : undefined;
}

/** The size of a message's texts in memory: two bytes for each UTF-16 unit. Terms and file names are texts. */
export function textBytes(message: Message): number {
  if (message.kind !== 'attachment') return 2 * message.text.length;
  let units = message.file.name.length;
  for (const term of message.terms) units += term.length;
  return 2 * units;
}

/** A file whose bytes are safe in the spool. */
export interface StoredFile {
  /** Its random name in the spool: 32 lower-case hexadecimal digits. */
  readonly id: string;
  /** The base name to show and to save under. */
  readonly name: string;
  readonly bytes: number;
  /** 64 lower-case hexadecimal digits. */
  readonly sha256: string;
}
