import type { Clock } from '../scheduling/clock.ts';
import type { ChatAddress } from '../transport/address.ts';
import type { Connection } from '../transport/connection.ts';

/**
 * The client library, which `join` and `menu` use too. `connect` resolves with a `Client` that reconnects by itself,
 * catches up on what it missed, sends what waited meanwhile, and neither sends nor delivers a message twice.
 */
export interface ConnectOptions {
  /** The user's name: 1 to 20 characters `A–Z a–z 0–9 _ . -`, a letter or a digit first and last; not `all`. */
  readonly name: string;
  /** The password of the account `name`, 8 to 256 characters. Without it or a token the user is a guest. */
  readonly password?: string;
  /** Creates the account `name` with `password` instead of logging in to it. */
  readonly newAccount?: boolean;
  /**
   * A token of the account, or `true` for the one that `keepToken` stored. If a password is given too, it is used when
   * there is no token or the token is no longer valid.
   */
  readonly token?: string | true;
  /** Stores the token in `stateFolder`: anybody who can read that file can log in. The password is never stored. */
  readonly keepToken?: boolean;
  /** The terms to follow; for an account they replace those that it follows already. */
  readonly follow?: readonly string[];
  /**
   * The folder that stores the cursor, one file per server and account, so that the next process catches up from there.
   * By default `$XDG_STATE_HOME/earshot`, or `~/.local/state/earshot`. The file is written at most once a second: after
   * a crash, messages of the last second may be delivered again. With `false` nothing is stored, and the client starts
   * with what happens next. So it does when the file is damaged, which a `notice` reports. For guests nothing is
   * stored.
   */
  readonly stateFolder?: string | false;
  /**
   * The protocol to speak. By default the client asks the server whether it speaks CHAT/1.1, and takes CHAT/1.0 if not.
   * With CHAT/1.0 it does not ask: for servers that cannot bear the question (docs/protocol.md, rule 2).
   */
  readonly protocol?: 'CHAT/1.1' | 'CHAT/1.0';
  /** Cancels `connect` before the user is logged in; no connection stays open. */
  readonly signal?: AbortSignal;
  /** Opens connections, in place of the transport that the address's scheme names. */
  readonly dial?: Dial;
  /** Time, for tests. */
  readonly clock?: Clock;
  /** Returns random numbers from 0 to 1, for tests: they vary the delay before a reconnect. */
  readonly random?: () => number;
}

/** `chat://host:port` or `host:port` for TCP, `scheme://host:port` for another transport; or its parts as an object. */
export type Address = string | ChatAddress;

/** Opens a connection. Rejects with an error whose message is for people when it cannot, and when `signal` aborts. */
export type Dial = (address: ChatAddress, signal: AbortSignal) => Promise<Connection>;

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
   * This user's terms that matched, in the order in which they were followed. Empty for private messages, the user's
   * own ones, those that `follow` returns, and over CHAT/1.0.
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
   * `retryInMs`. `isFarewell`: the server announced that it closes the connection, for example because it shuts down.
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

/** The recipients of a file: the followers of the terms and of the sender, or one user alone. */
export type FileAudience = { readonly terms: readonly string[] } | { readonly to: string };

export interface TransferOptions {
  /** Called as the transfer proceeds, with the bytes so far and the size of the file. */
  readonly onProgress?: (doneBytes: number, allBytes: number) => void;
  /** Cancels the transfer; the promise rejects with the signal's reason. */
  readonly signal?: AbortSignal;
}

/** The server's receipt for a file. */
export interface SentFile extends Sent {
  /** 64 hexadecimal digits in lower case. */
  readonly sha256: string;
}

/**
 * One user on one server. Promises reject with `RefusedError` when the server refuses or an argument is invalid, and
 * with `LostError` when no answer can come. `list`, `follow`, `unfollow`, `follows`, `history` and `claim` do not wait
 * for a connection: without one they reject with `LostError` `offline`. Over CHAT/1.0 there are `send` and `close`; all
 * else rejects with `UnsupportedError`.
 */
export interface Client {
  readonly name: string;
  readonly isGuest: boolean;
  readonly protocol: 'CHAT/1.1' | 'CHAT/1.0';
  readonly state: 'online' | 'offline' | 'closed';
  /** True while the client delivers what it missed, until `caught-up`. Always false over CHAT/1.0. */
  readonly isCatchingUp: boolean;
  /** Identifies the log that positions refer to; undefined over CHAT/1.0. */
  readonly epoch: string | undefined;
  /** The cursor: everything for this user up to this position was delivered. Undefined over CHAT/1.0. */
  readonly position: number | undefined;

  /** Calls `listener` at each `event`. What a listener throws is an uncaught exception, and breaks no connection. */
  on<E extends ClientEvent>(event: E, listener: (what: ClientEvents[E]) => void): this;
  once<E extends ClientEvent>(event: E, listener: (what: ClientEvents[E]) => void): this;
  off<E extends ClientEvent>(event: E, listener: (what: ClientEvents[E]) => void): this;

  /**
   * Sends `text` to the followers of its words and of this user. Resolves when it is on the server's disk; over
   * CHAT/1.0, which confirms nothing, once the connection takes it. Texts are stored in the order of the calls, one in
   * flight at a time. While offline they wait in the send queue. A text that is unanswered when the connection breaks
   * is sent again with the same id and stored once. After a temporary refusal (429, 503, 507) the client retries it,
   * and later texts wait. At most 1,000 wait; one more rejects with `LostError` `too-many`.
   */
  send(text: string): Promise<Sent>;
  /** As `send`, to everybody. */
  broadcast(text: string): Promise<Sent>;
  /** As `send`, to `name` alone. */
  sendTo(name: string, text: string): Promise<Sent>;

  /** Resolves with the names of the users who are online, in order of registration. */
  list(): Promise<readonly string[]>;
  /**
   * Subscribes to `term`: a word, or `@name` for a user's messages; at most 64 characters. With `since`, a position,
   * resolves with the newest messages above it that carry the term, at most 200; without it with none.
   */
  follow(term: string, options?: { readonly since?: number }): Promise<History>;
  unfollow(term: string): Promise<void>;
  /** Resolves with the followed terms, `@all` and the user's own `@name` included. */
  follows(): Promise<readonly string[]>;
  /** Resolves with messages that reached this user, and with the user's own. */
  history(options?: HistoryOptions): Promise<History>;

  /**
   * Sends the file at `path` under the last part of its name, across reconnects. Rejects with `FileError` when it
   * cannot be read, or its name or audience is invalid. One file is sent at a time; texts go between its pieces.
   */
  attach(path: string, audience: FileAudience, options?: TransferOptions): Promise<SentFile>;
  /**
   * Downloads the file into `folder`, across reconnects, and replaces nothing there. Resolves with the name of the new
   * file, a safe form of the announced one. Rejects with `FileError` when it cannot be saved, or its bytes are not
   * those announced.
   */
  fetch(
    attachment: Pick<ChatAttachment, 'id' | 'name' | 'bytes' | 'sha256'>,
    folder: string,
    options?: TransferOptions,
  ): Promise<string>;

  /** Turns the guest into an account with that password, which keeps its follows and from then on its cursor. */
  claim(password: string): Promise<void>;

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
