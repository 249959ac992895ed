import { createHash, randomBytes } from 'node:crypto';
import type { Clock } from '../../scheduling/clock.ts';
import { utcMinute } from '../../scheduling/utc-minute.ts';
import { type AddressPrefix, parseAddressPrefix } from './address-prefix.ts';
import { AdmissionFile, type AdmissionRules, type Ban, type Registration } from './admission-file.ts';
import { PrefixTable } from './prefix-table.ts';

/** At most so many bans and so many unused invitations are kept. */
export const maxBans = 10_000;
export const maxInvitations = 1_000;

/** An invitation that was taken and can be given back. Times are in milliseconds since 1970. */
export interface Invitation {
  readonly sha256: string;
  readonly untilMs: number;
}

/** Whether a new name may be taken. `taken` is the invitation that was used up. */
export type Entrance =
  | { readonly kind: 'open'; readonly taken?: Invitation }
  | { readonly kind: 'closed' }
  /** An invitation is needed, and none was given, or not a valid one. */
  | { readonly kind: 'uninvited'; readonly isWrong: boolean };

/**
 * Who may come in: bans of names and addresses, and whether new names are accepted. The rules are in a file of the data
 * folder; a change resolves when it is on the disk, and takes effect then.
 */
export class Admission {
  readonly #file: AdmissionFile;
  readonly #clock: Pick<Clock, 'nowMs'>;
  #rules: AdmissionRules;
  #names = new Map<string, Ban>();
  #addresses = new PrefixTable<Ban>([]);
  /** When the first of the bans ends that `#addresses` was made from. */
  #listedUntilMs = Number.POSITIVE_INFINITY;
  #changing: Promise<unknown> = Promise.resolve();

  /** Throws an `AdmissionFileError` when the file cannot be read. */
  static open(path: string, clock: Pick<Clock, 'nowMs'>): Admission {
    const file = new AdmissionFile(path);
    return new Admission(file, file.read(), clock);
  }

  private constructor(file: AdmissionFile, rules: AdmissionRules, clock: Pick<Clock, 'nowMs'>) {
    this.#file = file;
    this.#clock = clock;
    this.#rules = rules;
    this.#take(rules);
  }

  get registration(): Registration {
    return this.#rules.registration;
  }

  /** The bans in force, the oldest first. */
  get bans(): readonly Ban[] {
    return this.#rules.bans.filter((ban) => this.#isInForce(ban));
  }

  /** How many invitations can still be used. */
  get invitations(): number {
    return this.#rules.invitations.filter((each) => each.untilMs > this.#clock.nowMs()).length;
  }

  banOfName(name: string): Ban | undefined {
    const ban = this.#names.get(name);
    return ban !== undefined && this.#isInForce(ban) ? ban : undefined;
  }

  /** Of several bans, the one that holds longest. */
  banOfAddress(address: string): Ban | undefined {
    if (this.#clock.nowMs() >= this.#listedUntilMs) this.#take(this.#rules);
    let longest: Ban | undefined;
    for (const ban of this.#addresses.of(address))
      if (longest === undefined || endOf(ban) > endOf(longest)) longest = ban;
    return longest;
  }

  /** Adds a ban, in place of an earlier one of the same subject. Resolves with false when there are too many. */
  ban(ban: Ban): Promise<boolean> {
    return this.#change((rules) => {
      const others = rules.bans.filter((each) => this.#isInForce(each) && !isSame(each, ban));
      return others.length < maxBans ? { ...rules, bans: [...others, ban] } : undefined;
    });
  }

  /** Resolves with whether there was such a ban. */
  unban(subject: Pick<Ban, 'kind' | 'subject'>): Promise<boolean> {
    return this.#change((rules) => {
      const bans = rules.bans.filter((each) => this.#isInForce(each));
      const others = bans.filter((each) => !isSame(each, subject));
      return others.length === bans.length ? undefined : { ...rules, bans: others };
    });
  }

  async setRegistration(registration: Registration): Promise<void> {
    await this.#change((rules) => ({ ...rules, registration }));
  }

  /** Resolves with the code of a new invitation, of which only a hash is kept; undefined when there are too many. */
  async invite(untilMs: number): Promise<string | undefined> {
    const code = codeOf(randomBytes(10));
    const isAdded = await this.#change((rules) => {
      const valid = rules.invitations.filter((each) => each.untilMs > this.#clock.nowMs());
      if (valid.length >= maxInvitations) return undefined;
      return { ...rules, invitations: [...valid, { sha256: hashOf(code), untilMs }] };
    });
    return isAdded ? code : undefined;
  }

  /** Whether a guest may come in with a name of their own. */
  guestEntrance(): Entrance {
    const { registration } = this;
    if (registration === 'invite') return { kind: 'uninvited', isWrong: false };
    return { kind: registration };
  }

  /** Whether a new account may be made. While an invitation is needed, `code` is used up. */
  async accountEntrance(code: string | undefined): Promise<Entrance> {
    const { registration } = this;
    if (registration !== 'invite') return { kind: registration };
    if (code === undefined) return { kind: 'uninvited', isWrong: false };
    const sha256 = hashOf(code);
    let taken: Invitation | undefined;
    await this.#change((rules) => {
      taken = rules.invitations.find((each) => each.sha256 === sha256 && each.untilMs > this.#clock.nowMs());
      if (taken === undefined) return undefined;
      return { ...rules, invitations: rules.invitations.filter((each) => each !== taken) };
    });
    return taken === undefined ? { kind: 'uninvited', isWrong: true } : { kind: 'open', taken };
  }

  /** No account was made with the invitation: it can be used again. */
  async giveBack(invitation: Invitation): Promise<void> {
    await this.#change((rules) => ({ ...rules, invitations: [...rules.invitations, invitation] }));
  }

  /** Resolves when all changes are on the disk. */
  async close(): Promise<void> {
    await this.#changing;
  }

  #isInForce({ untilMs }: Ban): boolean {
    return untilMs === undefined || untilMs > this.#clock.nowMs();
  }

  /** One change after the other. Resolves with false when `change` returns undefined. Rejects as writing does. */
  #change(change: (rules: AdmissionRules) => AdmissionRules | undefined): Promise<boolean> {
    const changed = this.#changing.then(async () => {
      const next = change(this.#rules);
      if (next === undefined) return false;
      await this.#file.write(next);
      this.#rules = next;
      this.#take(next);
      return true;
    });
    this.#changing = changed.catch(() => {});
    return changed;
  }

  #take({ bans }: AdmissionRules): void {
    const inForce = bans.filter((ban) => this.#isInForce(ban));
    this.#names = new Map(inForce.flatMap((ban) => (ban.kind === 'name' ? [[ban.subject, ban]] : [])));
    const addresses = inForce.filter(({ kind }) => kind === 'address');
    this.#addresses = new PrefixTable(
      addresses.flatMap((ban) => prefixesOf(ban.subject).map((prefix) => ({ prefix, value: ban }))),
    );
    this.#listedUntilMs = Math.min(...addresses.map(endOf));
  }
}

/** When a ban ends, in milliseconds since 1970. */
const endOf = ({ untilMs = Number.POSITIVE_INFINITY }: Ban): number => untilMs;

/** In words for the person who is banned: one line. */
export function describeBan({ kind, why, untilMs }: Ban): string {
  const what = kind === 'name' ? 'This name is banned' : 'This address is banned';
  const until = untilMs === undefined ? '' : ` until ${utcMinute(untilMs)} UTC`;
  return `${what}${until}${why === undefined ? '' : `: ${why}`}`;
}

const isSame = (one: Pick<Ban, 'kind' | 'subject'>, other: Pick<Ban, 'kind' | 'subject'>): boolean =>
  one.kind === other.kind && one.subject === other.subject;

function prefixesOf(subject: string): AddressPrefix[] {
  const prefix = parseAddressPrefix(subject);
  return prefix === undefined || 'problem' in prefix ? [] : [prefix];
}

/** Returns a test whether an address is in the prefix `subject`. */
export function isIn(subject: string): (address: string) => boolean {
  const table = new PrefixTable(prefixesOf(subject).map((prefix) => ({ prefix, value: true })));
  return (address) => table.of(address).length > 0;
}

/** Whether all addresses of the prefix `narrow` are in the prefix `wide`. */
export function covers(wide: string, narrow: string): boolean {
  const [all] = prefixesOf(wide);
  const [some] = prefixesOf(narrow);
  if (all === undefined || some === undefined) return false;
  return all.family === some.family && all.bits <= some.bits && isIn(wide)(some.network);
}

/** Letters and digits that are not mistaken for one another. */
const codeLetters = 'ABCDEFGHJKLMNPQRSTUVWXYZ23456789';

/** 10 bytes as four groups of four letters and digits. */
function codeOf(bytes: Uint8Array): string {
  let bits = '';
  for (const byte of bytes) bits += byte.toString(2).padStart(8, '0');
  const letters = (bits.match(/.{5}/g) ?? []).map((five) => codeLetters[Number.parseInt(five, 2)]).join('');
  return (letters.match(/.{4}/g) ?? []).join('-');
}

/** Case and hyphens do not matter. */
function hashOf(code: string): string {
  return createHash('sha256').update(code.replaceAll('-', '').toUpperCase()).digest('hex');
}
