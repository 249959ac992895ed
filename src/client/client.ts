import type { ChatAttachment, ChatMessage, Entry, Gap } from './entries.ts';
import type { FileContent } from './file-content.ts';
import type { HandleOptions, Handler } from './handling/handle.ts';

export type { Address, ConnectOptions, Dial } from './connect-options.ts';
export type { ChatAttachment, ChatMessage, Entry, Gap, Said } from './entries.ts';
export type { ByteBlob, ByteStream, FileContent } from './file-content.ts';
export type { ErrorDecision, HandleOptions, Handler } from './handling/handle.ts';
export type { Place, PlaceStore } from './place.ts';

/**
 * The events of a client, each with one argument. Messages and attachments are delivered once, in the order of
 * positions, across all reconnects. The first event comes after the code that awaits `connect` had a chance to attach
 * listeners.
 */
export interface ClientEvents {
  message: ChatMessage;
  attachment: ChatAttachment;
  /** The client has caught up: `matched` of the `of` messages that it missed were for this user. Live from here on. */
  'caught-up': { readonly matched: number; readonly of: number };
  /**
   * Any messages for this user at these positions will not be delivered: the server has pruned them, or no longer knows
   * the guest.
   */
  gap: Gap;
  /** The server's log is another one: earlier positions are meaningless, and missed messages cannot be caught up on. */
  reset: { readonly epoch: string };
  /** A text for people: the `server`'s, over CHAT/1.0 its answers too, or about a problem of the `client` itself. */
  notice: { readonly from: 'server' | 'client'; readonly text: string };
  /**
   * The connection broke, or an attempt to reconnect failed. `why` is for people; the next attempt starts in
   * `retryInMs`, or at `reconnectNow()`. That is at most 10 s in the first minutes of an outage and 30 s later, after
   * the time that the server asked for, which counts for an hour at most. `isFarewell`: the server announced that it
   * closes the connection, for example because it shuts down.
   */
  offline: { readonly why: string; readonly retryInMs: number; readonly isFarewell: boolean };
  /** Reconnected. If `isResumed`, it catches up; if not, `gap` or `reset` says what is missing (not over CHAT/1.0). */
  online: { readonly isResumed: boolean };
  /** The last event. `why` is for people; undefined after `close()`. */
  closed: { readonly why: string | undefined };
}

export type ClientEvent = keyof ClientEvents;

/** The server's receipt for a message; both undefined over CHAT/1.0, which has no responses. */
export interface Sent {
  /** The position of the message, which is on the server's disk. */
  readonly position: number | undefined;
  /** How many other users who were online got it; 0 when it was already stored before a reconnect. */
  readonly reached: number | undefined;
}

export interface SendOptions {
  /**
   * Takes back a text that still waits in the send queue; the promise rejects with the signal's reason. A text that was
   * under way cannot be taken back, and its promise settles as usual.
   */
  readonly signal?: AbortSignal;
  /**
   * The id by which the server knows the text, 1 to 64 characters `A–Z a–z 0–9 _ . -`, in place of one that the client
   * makes. With the id that a text had in an earlier run it is stored once, as long as it is the same account, or guest.
   */
  readonly id?: string;
  /** The text may have been sent before, under this `id`. */
  readonly isRepeat?: boolean;
}

export interface HistoryOptions {
  /** Only entries at positions below this one. */
  readonly before?: number;
  /** Only entries at positions above this one, the oldest of them. Without it the result is the newest entries. */
  readonly after?: number;
  /** 1 to 200, by default 20. Long texts can shorten the result: only an empty one means that there are no more. */
  readonly limit?: number;
  /** Only entries that carry this term. */
  readonly match?: string;
}

export interface History {
  /** Oldest first. */
  readonly entries: readonly (ChatMessage | ChatAttachment)[];
  /** The pruned ranges among the positions that the server searched. */
  readonly gaps: readonly Gap[];
}

/** Who would hear a text, as far as a server tells: never names, and of words that one or two follow no counts. */
export interface Audience {
  /** How many others who are online follow one of `terms`, 3 or more; otherwise 0. */
  readonly people: number;
  /** Nobody can be counted, but there is somebody. */
  readonly isFew: boolean;
  /** The words of the text that several people follow; when nobody would hear it, other such words. */
  readonly terms: readonly string[];
}

/** A login to the account that the server remembers. Times are in milliseconds since 1970. */
export interface Device {
  readonly id: number;
  /** What the server says about it: protocol and address. Untrusted text. */
  readonly label: string;
  readonly madeMs: number;
  /** To the hour. */
  readonly usedMs: number;
  /** Whether it is this client's. */
  readonly isThis: boolean;
}

/** The recipients of a file: the followers of the terms and of the sender, or one user alone. */
export type FileAudience = { readonly terms: readonly string[] } | { readonly to: string };

/** What a download needs to know of an attachment. */
export type AttachedFile = Pick<ChatAttachment, 'id' | 'name' | 'bytes' | 'sha256'>;

export interface TransferOptions {
  /** Called as the transfer proceeds, with the bytes so far and the size of the file. */
  readonly onProgress?: (doneBytes: number, allBytes: number) => void;
  /**
   * Cancels the transfer; the promise rejects with the signal's reason, and nothing of the file is kept. A file whose
   * last bytes are sent may be past that: then the promise resolves, or if the connection breaks before the server's
   * answer, it rejects with `LostError` `unknown`.
   */
  readonly signal?: AbortSignal;
}

/** The server's receipt for a file. */
export interface SentFile extends Sent {
  /** 64 hexadecimal digits in lower case. */
  readonly sha256: string;
}

/**
 * One user on one server. Promises reject with `RefusedError` when the server refuses or an argument is invalid, and
 * with `LostError` when no answer can come. `list`, `follow`, `unfollow`, `follows`, `history`, `claim` and what is
 * about the account do not wait for a connection: without one they reject with `LostError` `offline`. Over CHAT/1.0
 * there are `send` and `close`; all else rejects with `UnsupportedError`.
 */
export interface Client {
  readonly name: string;
  readonly isGuest: boolean;
  readonly protocol: 'CHAT/1.1' | 'CHAT/1.0';
  readonly state: 'online' | 'offline' | 'closed';
  /** True while the client delivers what it missed, until `caught-up`. Always false over CHAT/1.0. */
  readonly isCatchingUp: boolean;
  /** Identifies the log that `position` refers to; undefined over CHAT/1.0. */
  readonly epoch: string | undefined;
  /**
   * The cursor: everything for this user up to this position was delivered, or with `handle` and `messages` handled.
   * Undefined over CHAT/1.0.
   */
  readonly position: number | undefined;
  /**
   * When the cursor from which the account caught up at first was stored: about when it was last here. In milliseconds
   * since 1970. Undefined when there was no cursor, as on a new device, for guests, and over CHAT/1.0.
   */
  readonly lastHereMs: number | undefined;

  /** Calls `listener` at each `event`. What a listener throws is an uncaught exception, and breaks no connection. */
  on<E extends ClientEvent>(event: E, listener: (what: ClientEvents[E]) => void): this;
  once<E extends ClientEvent>(event: E, listener: (what: ClientEvents[E]) => void): this;
  off<E extends ClientEvent>(event: E, listener: (what: ClientEvents[E]) => void): this;

  /**
   * Handles messages and attachments at least once, one at a time, in order: the cursor, and with it the stored place,
   * moves past an entry only when its handler is done. An entry whose handler was cut off, by a kill too, comes again at
   * the account's next start. Resolves when `options.signal` aborts or after `close()`; rejects with the error of a
   * handler (see `onError`), and with `LostError` `closed` when the server no longer admits the user.
   *
   * Call it before anything else is awaited after `connect`: until then an entry counts as handled when its event is
   * emitted. From then on entries wait for a handler, also after this promise is settled. At most 256 wait in memory;
   * the rest is read from the server's log when there is room. Events are emitted as ever, when an entry arrives. A
   * `reset` ends this: what has not arrived by then cannot be read.
   *
   * Over CHAT/1.0 nothing comes again, and of more than 1,000 waiting messages the newest are lost, with a `notice`.
   */
  handle(handler: Handler, options?: HandleOptions): Promise<void>;
  /**
   * As `handle`, for `for await`. Asking for the next entry says that the previous one is handled; so an entry at which
   * the loop is left, by `break` or an error, comes again. Abort `signal` in the loop to end it after the entry.
   */
  messages(options?: Pick<HandleOptions, 'signal'>): AsyncIterableIterator<Entry>;

  /**
   * Answers the sender of `message` in the same way: a private message by a private one, a public one by a public one
   * that begins with `@` and the sender's name, so that it reaches them. Otherwise as `send`.
   */
  reply(message: Pick<Entry, 'from' | 'to'>, text: string, options?: SendOptions): Promise<Sent>;

  /**
   * Sends `text` to the followers of its words and of this user. Resolves when it is on the server's disk; over
   * CHAT/1.0, which confirms nothing, once the connection takes it. Texts are stored in the order of the calls, one in
   * flight at a time. While offline they wait in the send queue. A text that is unanswered when the connection breaks
   * is sent again with the same id and stored once. After a temporary refusal (429, 503, 507) the client retries it,
   * and later texts wait. At most 1,000 wait; one more rejects with `LostError` `too-many`.
   */
  send(text: string, options?: SendOptions): Promise<Sent>;
  /** As `send`, to everybody. */
  broadcast(text: string, options?: SendOptions): Promise<Sent>;
  /** As `send`, to `name` alone. */
  sendTo(name: string, text: string, options?: SendOptions): Promise<Sent>;

  /** Resolves with the names of the users who are online, in order of registration. */
  list(): Promise<readonly string[]>;
  /**
   * Subscribes to `term`: a word, `@name` for a user's messages, or a phrase in double quotes, `'"apple pie"'`; at most
   * 64 characters. With `since`, a position, resolves with the newest messages above it that carry the term, at most
   * 200; without it with none.
   */
  follow(term: string, options?: { readonly since?: number }): Promise<History>;
  unfollow(term: string): Promise<void>;
  /** Resolves with the followed terms, `@all` and the user's own `@name` included. */
  follows(): Promise<readonly string[]>;
  /** Resolves with messages that reached this user, and with the user's own. */
  history(options?: HistoryOptions): Promise<History>;

  /**
   * Sends a file, across reconnects: the one at a path, under the last part of its name, or one that is in memory or
   * comes from a stream. Rejects with `FileError` when it cannot be read, or its name or audience is invalid. One file
   * is sent at a time; texts go between its pieces.
   */
  attach(file: string | FileContent, audience: FileAudience, options?: TransferOptions): Promise<SentFile>;
  /**
   * Downloads the file into `folder`, which has to exist, across reconnects, and replaces nothing there. Resolves with
   * the name of the new file, a safe form of the announced one. Rejects with `FileError` when it cannot be saved, or
   * its bytes are not those announced. One file is downloaded at a time, by whichever of the three methods; the others
   * wait. Rejects with `TypeError` what is no attachment.
   */
  fetch(attachment: AttachedFile, folder: string, options?: TransferOptions): Promise<string>;
  /**
   * Downloads the file into memory. Rejects as `fetch` does, and with `FileError` when the file has more than
   * `options.maxBytes`, by default 16 MiB.
   */
  fetchBytes(
    attachment: AttachedFile,
    options?: TransferOptions & { readonly maxBytes?: number },
  ): Promise<Uint8Array<ArrayBuffer>>;
  /**
   * Downloads the file as it is read, some 256 KiB ahead. Whether its bytes are those announced is known at its end:
   * the last step throws `FileError` when they are not. Leaving the loop cancels the download.
   */
  fetchStream(attachment: AttachedFile, options?: TransferOptions): AsyncIterableIterator<Uint8Array>;

  /**
   * Resolves with who would hear `text`. A server answers about once a second; more gets a `RefusedError` 429. An older
   * server does not know the request: 400.
   */
  audience(text: string): Promise<Audience>;

  /** Turns the guest into an account with that password, which keeps its follows and from then on its cursor. */
  claim(password: string): Promise<void>;
  /**
   * Gives the account another password. All its other sessions end, and all tokens; this client stays. Rejects with
   * `RefusedError`: 403 when `old` is wrong, 429 after too many wrong ones, 400 from an older server.
   */
  changePassword(old: string, password: string): Promise<void>;
  /** Resolves with the logins to the account that the server remembers, the last used ones first. */
  devices(): Promise<readonly Device[]>;
  /** Forgets one of these logins: its sessions end. Of the own one, this client is `closed`. */
  revokeDevice(id: number): Promise<void>;

  /**
   * Tries to reconnect at once instead of after `retryInMs`, also when the server asked for a longer wait. Does nothing
   * unless the client waits between two attempts.
   */
  reconnectNow(): void;

  /**
   * Leaves. Texts and files that still wait reject with `LostError`: `unknown` if they may have been stored, otherwise
   * `closed`.
   * Resolves when the connection is closed and the cursor is on the disk. Idempotent.
   */
  close(): Promise<void>;
}

/** The result of `lookUp`. */
export interface NameStatus {
  /** `free`: nobody has the name; `guest`: a guest has it now; `account`: logging in needs its password. */
  readonly status: 'free' | 'guest' | 'account';
  readonly isOnline: boolean;
}
