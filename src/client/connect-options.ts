import type { Clock } from '../scheduling/clock.ts';
import type { ChatAddress } from '../transport/address.ts';
import type { Connection } from '../transport/connection.ts';
import type { ConnectError } from './errors.ts';
import type { Place, PlaceStore } from './place.ts';

/** The options of `connect`. */
export interface ConnectOptions {
  /** The user's name: 1 to 20 characters `A–Z a–z 0–9 _ . -`, a letter or a digit first and last; not `all`. */
  readonly name: string;
  /** The password of the account `name`, 8 to 256 characters. Without it or a token the user is a guest. */
  readonly password?: string;
  /**
   * With a password: `login`, the default, logs in to the account `name`; `create` creates it, and fails when the name
   * is taken; `either` logs in if there is an account of that name, and creates it if the name is free.
   */
  readonly account?: 'login' | 'create' | 'either';
  /** The code of an invitation, which some servers ask for when an account is created. */
  readonly invitation?: string;
  /**
   * A token of the account, or `true` for the one that `keepToken` stored. If a password is given too, it is used when
   * there is no token or the token is no longer valid.
   */
  readonly token?: string | true;
  /**
   * Stores the token in `stateFolder`: anybody who can read that file can log in. The password is never stored. By
   * default `true` with `token: true`, otherwise `false`, which removes the token that an earlier login stored there.
   */
  readonly keepToken?: boolean;
  /**
   * Stores the token and the cursor of a guest too, and comes back as that guest from there, as long as the server
   * keeps their place; afterwards the guest registers again. Only with a `stateFolder`, or a host that has its own.
   */
  readonly keepGuest?: boolean;
  /** The terms to follow; for an account they replace those that it follows already. */
  readonly follow?: readonly string[];
  /**
   * The folder that stores the cursor, one file per server and account, so that the next process catches up from there.
   * By default `$XDG_STATE_HOME/earshot`, or `~/.local/state/earshot`. The file is written at login and then at most
   * once a second: after a crash, messages of the last second may be delivered again. With `false` nothing is stored,
   * and the client starts with what happens next. So it does when the file is damaged, which a `notice` reports. For
   * guests nothing is stored without `keepGuest`.
   */
  readonly stateFolder?: string | false;
  /**
   * Stores the cursor of an account in place of `stateFolder`, which then serves only for the token. Where it has no
   * place yet, the client starts with what happens next.
   */
  readonly place?: PlaceStore;
  /**
   * The place from which an account catches up, in place of the stored one: messages after `position` are delivered.
   * When the server's `epoch` is another one (a backup was restored), or its log ends before `position`, a `reset` says
   * so, nothing is repeated, and the client starts with what happens next.
   */
  readonly since?: Place;
  /**
   * The protocol to speak. By default the client asks the server whether it speaks CHAT/1.1, and takes CHAT/1.0 if not.
   * With CHAT/1.0 it does not ask: for servers that cannot bear the question (docs/protocol.md, rule 2).
   */
  readonly protocol?: 'CHAT/1.1' | 'CHAT/1.0';
  /**
   * Tries again, with back-off, while the server cannot be reached or asks to come later (`ConnectError` `unreachable`
   * and `busy`), instead of failing at the first attempt. Other errors are final.
   */
  readonly retry?: boolean;
  /** Called when an attempt failed and another one follows in `retryInMs`. */
  readonly onRetry?: (attempt: { readonly error: ConnectError; readonly retryInMs: number }) => void;
  /** Cancels `connect` before the user is logged in; no connection stays open. */
  readonly signal?: AbortSignal;
  /** Opens connections, in place of the transport that the address's scheme names. */
  readonly dial?: Dial;
  /** Time, for tests. */
  readonly clock?: Clock;
  /** Returns random numbers from 0 to 1, for tests: they vary the delay before a reconnect. */
  readonly random?: () => number;
}

/**
 * `chat://host:port` or `host:port` for TCP, `chats://host:port` for TLS and `chat+udp://host:port` for UDP, which
 * `#sha256=` and the fingerprint of the server's key may follow, `scheme://host:port` for another transport; or its
 * parts as an object.
 */
export type Address = string | ChatAddress;

/** Opens a connection. Rejects with an error whose message is for people when it cannot, and when `signal` aborts. */
export type Dial = (address: ChatAddress, signal: AbortSignal) => Promise<Connection>;
