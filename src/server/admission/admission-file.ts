import { readFileSync } from 'node:fs';
import { open, rename } from 'node:fs/promises';
import { dirname } from 'node:path';

/** `invite`: a new account needs an invitation. Guests are let in only when it is `open`. */
export type Registration = 'open' | 'closed' | 'invite';
export const registrations: readonly Registration[] = ['open', 'closed', 'invite'];

/** Times are in milliseconds since 1970. */
export interface Ban {
  readonly kind: 'name' | 'address';
  /** A user's name; or an address or a prefix, as `formatAddressPrefix` returns it. */
  readonly subject: string;
  readonly why?: string;
  readonly madeMs: number;
  /** Missing when it holds until it is lifted. */
  readonly untilMs?: number;
}

export interface AdmissionRules {
  readonly registration: Registration;
  readonly bans: readonly Ban[];
  /** Unused ones: the hashes of their codes. */
  readonly invitations: readonly { readonly sha256: string; readonly untilMs: number }[];
}

/** Why the rules cannot be read: one sentence for the operator. */
export class AdmissionFileError extends Error {
  override readonly name = 'AdmissionFileError';
}

const noRules: AdmissionRules = { registration: 'open', bans: [], invitations: [] };
const version = 1;

/** The file with the rules: JSON, replaced as a whole. */
export class AdmissionFile {
  readonly #path: string;

  constructor(path: string) {
    this.#path = path;
  }

  /** Returns the rules of a new server when there is no file. Throws an `AdmissionFileError`. */
  read(): AdmissionRules {
    let text: string;
    try {
      text = readFileSync(this.#path, 'utf8');
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return noRules;
      throw this.#error(error instanceof Error ? error.message : String(error));
    }
    let read: unknown;
    try {
      read = JSON.parse(text);
    } catch {
      throw this.#error('it is not JSON');
    }
    if (!isRules(read)) throw this.#error('it was not written by this version of earshot');
    const { registration, bans, invitations } = read;
    return { registration, bans, invitations };
  }

  /** Resolves when the rules are on the disk. */
  async write(rules: AdmissionRules): Promise<void> {
    const next = `${this.#path}.new`;
    const file = await open(next, 'w', 0o600);
    try {
      await file.writeFile(`${JSON.stringify({ version, ...rules }, undefined, 1)}\n`);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(next, this.#path);
    const folder = await open(dirname(this.#path), 'r');
    try {
      await folder.sync();
    } finally {
      await folder.close();
    }
  }

  #error(reason: string): AdmissionFileError {
    return new AdmissionFileError(
      `${this.#path} cannot be used (${reason}): it says who is banned; restore it from a backup, ` +
        'or remove it to lift all bans and to open the registration',
    );
  }
}

function isRules(read: unknown): read is AdmissionRules {
  if (!isObject(read) || read.version !== version) return false;
  const { registration, bans, invitations } = read;
  return (
    registrations.some((each) => each === registration) &&
    Array.isArray(bans) &&
    bans.every(isBan) &&
    Array.isArray(invitations) &&
    invitations.every((each) => isObject(each) && typeof each.sha256 === 'string' && isTime(each.untilMs))
  );
}

function isBan(read: unknown): boolean {
  if (!isObject(read)) return false;
  const { kind, subject, why, madeMs, untilMs } = read;
  return (
    (kind === 'name' || kind === 'address') &&
    typeof subject === 'string' &&
    (why === undefined || typeof why === 'string') &&
    isTime(madeMs) &&
    (untilMs === undefined || isTime(untilMs))
  );
}

const isObject = (read: unknown): read is Record<string, unknown> =>
  typeof read === 'object' && read !== null;
const isTime = (read: unknown): boolean => typeof read === 'number' && Number.isSafeInteger(read);
