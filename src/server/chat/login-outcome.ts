import type { PasswordAnswer } from '../accounts/accounts.ts';
import type { Entrance } from '../admission/admission.ts';
import type { ChatUser } from '../users/chat-user.ts';
import type { Grant } from '../users/grant.ts';

/** The outcome of a login. */
export type LoginOutcome = LoggedIn | LoginRefusal;

/** The caller creates a `Device` with it in the same tick, or cancels it. */
export interface LoggedIn {
  readonly kind: 'in';
  /** Retained. */
  readonly user: ChatUser;
  /** The grant of a login to an account; undefined for a guest. */
  readonly grant: Grant | undefined;
  /** The token for the next login; undefined when none was requested. */
  readonly token: string | undefined;
}

export type LoginRefusal =
  /** A guest has the name, or it is reserved. */
  | { readonly kind: 'taken' }
  /** The name belongs to an account, whose password is required. */
  | { readonly kind: 'has-account' }
  /** A secret would travel in plain text from another machine. */
  | { readonly kind: 'plain-text' }
  /** The new password breaks the rules for passwords. */
  | { readonly kind: 'unsuitable-password'; readonly problem: string }
  | { readonly kind: 'wrong' }
  /** Too many wrong passwords: none is checked for so many seconds. */
  | { readonly kind: 'throttled'; readonly seconds: number }
  /** Too many passwords are being hashed. */
  | { readonly kind: 'busy' }
  /** This address has created too many accounts. */
  | { readonly kind: 'too-many-accounts'; readonly seconds: number }
  /** The name is banned, or nobody new may come in; with `isUninvited`, not without an invitation. */
  | { readonly kind: 'not-let-in'; readonly why: string; readonly isUninvited: boolean }
  /** The password changed, the token was revoked, or the name became an account meanwhile. */
  | { readonly kind: 'revoked' };

/** A guest's name has become an account. */
export interface Claimed {
  readonly kind: 'claimed';
  readonly token: string;
  /** Undefined when there was no room to store the token. */
  readonly tokenId: number | undefined;
}

export interface LoginOptions {
  /** Replaces the followed terms before the user is online; undefined leaves them. */
  readonly follow?: readonly string[] | undefined;
}

export interface CreationOptions extends TokenOptions {
  /** The code of an invitation. */
  readonly invitation?: string | undefined;
}

export interface TokenOptions extends LoginOptions {
  /** Describes the login to the account's owner. Without one no token is issued. */
  readonly tokenLabel?: string;
}

/** Why nobody may come in; undefined when they may. */
export function refusalOf(entrance: Entrance): LoginRefusal | undefined {
  if (entrance.kind === 'open') return undefined;
  if (entrance.kind === 'closed') {
    return { kind: 'not-let-in', why: 'This server takes no new users', isUninvited: false };
  }
  const why = entrance.isWrong
    ? 'That invitation is not valid, or was used already'
    : 'New users need an invitation and an account';
  return { kind: 'not-let-in', why, isUninvited: true };
}

export function passwordRefusal(answer: Exclude<PasswordAnswer, { kind: 'ok' }>): LoginRefusal {
  return answer.kind === 'later' ? { kind: 'throttled', seconds: answer.seconds } : answer;
}
