import type { Clock } from '../scheduling/clock.ts';
import type { ChatAddress } from '../transport/address.ts';
import type { Connection } from '../transport/connection.ts';

/**
 * The client of earshot as a library: what every face stands on. `connect` gives a `Client`, which keeps its place in
 * the chat whatever happens to the connection: it comes back by itself, gets what was said meanwhile, sends what
 * waited, and sees to it that nothing is said or heard twice.
 */
export interface ConnectOptions {
  /** The user's name: 1 to 20 characters `A–Z a–z 0–9 _ . -`, a letter or a digit first and last. */
  readonly name: string;
  /** Of the account of that name. Without one the user is a guest, who is somebody only while they are here. */
  readonly password?: string;
  /** Makes an account of that name, with that password, instead of logging in to it. */
  readonly newAccount?: boolean;
  /**
   * In place of a password: a token of the account, or `true` for the one that `keepToken` kept. With a password too, that
   * is used where there is no token, or it is no more.
   */
  readonly token?: string | true;
  /** Keeps the token in `stateFolder`: whoever reads that file is let in. Never the password. */
  readonly keepToken?: boolean;
  /** The terms to begin with, in place of those that an account follows already. */
  readonly follow?: readonly string[];
  /**
   * Where it is kept, per server and account, up to where everything was heard, so that the next process goes on there:
   * by default `$XDG_STATE_HOME/earshot`, or `~/.local/state/earshot`. It is written once a second: after a process that
   * was killed, the last second may be told again. `false` keeps nothing; the first event is then the next that happens,
   * as it is where a file is there that makes no sense, which a `notice` says. For guests nothing is kept.
   */
  readonly stateFolder?: string | false;
  /** Gives up the attempt while nobody is let in yet: nothing of it stays open. */
  readonly signal?: AbortSignal;
  /** Connects, in place of the transport that the scheme of the address names. */
  readonly dial?: Dial;
  /** Time, for tests. */
  readonly clock?: Clock;
  /** Numbers from 0 to 1, for tests: how long to wait before connecting again is drawn with it. */
  readonly random?: () => number;
}

/** `chat://host:port` or `host:port`, over TCP; `scheme://host:port` over another transport; or the parts of these. */
export type Address = string | ChatAddress;

/** A transport: rejects when it cannot connect, with an error whose message is for people, and when `signal` aborts. */
export type Dial = (address: ChatAddress, signal: AbortSignal) => Promise<Connection>;

/** What every message has. */
export interface Said {
  /** Its place in the one order of all; undefined over CHAT/1.0, which knows none. */
  readonly position: number | undefined;
  readonly from: string;
  /**
   * Only in what is private, between `from` and `to`. Over CHAT/1.0 a public text that begins with `(private)` looks the
   * same.
   */
  readonly to: string | undefined;
  /** When it was said, in milliseconds since 1970; over CHAT/1.0 when it came. */
  readonly timeMs: number;
  /** One's own terms that met, in the order in which they are followed; empty where none had to. */
  readonly matched: readonly string[];
  /** It was asked for, and is not new. */
  readonly isReplay: boolean;
  /** This user said it, on another device or in an earlier run. What this client sent it does not hear. */
  readonly isOwn: boolean;
}

/** `text` has 1 to 65,535 characters in one line, without control characters but TAB. */
export interface ChatMessage extends Said {
  readonly kind: 'message';
  readonly text: string;
}

/** A file that somebody attached; `fetch` gets its bytes. */
export interface ChatAttachment extends Said {
  readonly kind: 'attachment';
  readonly id: string;
  /** As its sender calls it: a stranger's words, not a name to create. */
  readonly name: string;
  readonly bytes: number;
  /** 64 hexadecimal digits in lower case. */
  readonly sha256: string;
}

/** Positions that nobody can read any more, both included. */
export interface Gap {
  readonly from: number;
  readonly to: number;
}

/**
 * What a client tells, each with one argument. Whatever people said is handed over once, in the order of positions,
 * through all reconnections. No event comes in the turn in which `connect` resolves, so that listeners can be attached.
 */
export interface ClientEvents {
  message: ChatMessage;
  attachment: ChatAttachment;
  /** What was missed has been told: `matched` messages of the `of` that were said. From here on it is live. */
  'caught-up': { readonly matched: number; readonly of: number };
  /**
   * Messages at these positions, if there were any for this user, are not told: the server does not keep them any
   * longer, or forgot the guest who was to get them.
   */
  gap: Gap;
  /** The server was set up anew: positions from before mean nothing any more, what was missed cannot be known. */
  reset: { readonly epoch: string };
  /** Something for people, from the server; over CHAT/1.0 also its answers. */
  notice: { readonly text: string };
  /**
   * The connection is gone, for the reason `why`; the next attempt comes in `retryInMs`. `isFarewell`: the server said
   * that it ends, as one does that is shut down.
   */
  offline: { readonly why: string; readonly retryInMs: number; readonly isFarewell: boolean };
  /** Back again. `isResumed`: at the place where it left off; otherwise `gap` or `reset` says what is missing. */
  online: { readonly isResumed: boolean };
  /** The last event. `why` is for people; undefined after `close()`. */
  closed: { readonly why: string | undefined };
}

export type ClientEvent = keyof ClientEvents;

/** What became of a text; both undefined over CHAT/1.0, which answers nothing. */
export interface Sent {
  /** Where it stands: it is on the server's disk. */
  readonly position: number | undefined;
  /** How many users who were online got it; 0 when it had been stored before a reconnection. */
  readonly reached: number | undefined;
}

export interface HistoryOptions {
  /** Positions, not included themselves. With `after` the first ones behind it are meant, otherwise the last ones. */
  readonly before?: number;
  readonly after?: number;
  /** 1 to 200; 20 unless given. */
  readonly limit?: number;
  /** Only what carries this term. */
  readonly match?: string;
}

export interface History {
  /** Oldest first. */
  readonly entries: readonly (ChatMessage | ChatAttachment)[];
  readonly gaps: readonly Gap[];
}

/** Who gets a file: the followers of the terms and of oneself, or one user alone. */
export type FileAudience = { readonly terms: readonly string[] } | { readonly to: string };

export interface TransferOptions {
  /** Bytes that have gone, of all. */
  readonly onProgress?: (doneBytes: number, allBytes: number) => void;
  /** Breaks it off; the promise rejects with the signal's reason. */
  readonly signal?: AbortSignal;
}

/** A file that was sent. */
export interface SentFile extends Sent {
  readonly sha256: string;
}

/**
 * One user on one server. Promises reject with `RefusedError` when the server refuses, with `LostError` when there is
 * no answer to be had, over CHAT/1.0 with `UnsupportedError` where it says so.
 */
export interface Client {
  readonly name: string;
  readonly isGuest: boolean;
  readonly protocol: 'CHAT/1.1' | 'CHAT/1.0';
  readonly state: 'online' | 'offline' | 'closed';
  /** What is told now was said while this user was away; until `caught-up`. Never over CHAT/1.0. */
  readonly isCatchingUp: boolean;
  /** The name of the server's run of positions; undefined over CHAT/1.0. */
  readonly epoch: string | undefined;
  /** Up to where everything that was for this user has been told; undefined over CHAT/1.0. */
  readonly position: number | undefined;

  on<E extends ClientEvent>(event: E, listener: (what: ClientEvents[E]) => void): this;
  once<E extends ClientEvent>(event: E, listener: (what: ClientEvents[E]) => void): this;
  off<E extends ClientEvent>(event: E, listener: (what: ClientEvents[E]) => void): this;

  /**
   * Says `text` to those who follow a word of it, or this user. Resolves when it is on the server's disk. Texts stand
   * there in the order of the calls: each leaves when the one before it is answered. While there is no connection they
   * wait; what was not answered before a connection broke is sent again and stored once. What the server cannot take for
   * now (429, 503, 507) is sent again later, and what comes behind it waits too. At most 1,000 wait; one more is refused
   * with `LostError` `too-many`.
   */
  send(text: string): Promise<Sent>;
  /** The same to everybody. Not over CHAT/1.0. */
  broadcast(text: string): Promise<Sent>;
  /** The same to `name` alone. */
  sendTo(name: string, text: string): Promise<Sent>;

  /** Who is online, in order of registration. Not over CHAT/1.0, nor while offline; as all that follows. */
  list(): Promise<readonly string[]>;
  /** With `since`, a position, it gives what was said about the term behind that: at most the newest 200. */
  follow(term: string, options?: { readonly since?: number }): Promise<History>;
  unfollow(term: string): Promise<void>;
  /** What is followed, `@all` and oneself among it. */
  follows(): Promise<readonly string[]>;
  /** What reached this user and what they said. */
  history(options?: HistoryOptions): Promise<History>;

  /**
   * Sends the file at `path` under the last part of its name. Goes on through reconnections. Rejects with `FileError`
   * when it cannot be read. Files go one after the other, texts between their pieces.
   */
  attach(path: string, audience: FileAudience, options?: TransferOptions): Promise<SentFile>;
  /**
   * Saves the file in `folder`, under a name made from the announced one that nothing there has yet, and gives that
   * name. Goes on through reconnections. Rejects with `FileError` when it cannot be saved, or is not what was announced.
   */
  fetch(
    attachment: Pick<ChatAttachment, 'id' | 'name' | 'bytes' | 'sha256'>,
    folder: string,
    options?: TransferOptions,
  ): Promise<string>;

  /** Makes an account of a guest's name, with all that they follow; from then on the place here is kept. */
  claim(password: string): Promise<void>;

  /**
   * Leaves. What waits to be sent is refused with `LostError` `closed`. Resolves when the connection is closed and the
   * place is on the disk. Idempotent.
   */
  close(): Promise<void>;
}

/** What is known of a name. */
export interface NameStatus {
  /** `free`: nobody has it; `guest`: somebody is here under it; `account`: it needs its password. */
  readonly status: 'free' | 'guest' | 'account';
  readonly isOnline: boolean;
}
