import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import type { Logger } from 'pino';
import { isUserName } from '../protocol/names.ts';
import { keyOfTerm } from '../protocol/terms.ts';
import type { StoredSpan } from './accounts/accounts.ts';
import { newGuestKey } from './users/guest-tokens.ts';
import type { KeptGuest } from './users/users.ts';

/** The guests of an earlier server, for a log of this epoch. */
interface Kept {
  readonly epoch: string;
  readonly guests: readonly KeptGuest[];
}

const maxFileBytes = 64 * 1024 * 1024;
const maxEndedSpans = 64;

/**
 * The file in which a server that shuts down leaves its guests for the next one, and the key of their tokens. It holds
 * no token. A start empties it, so that no later start, after a crash, brings back guests who have left since.
 */
export class GuestFile {
  readonly #file: string;
  readonly #logger: Pick<Logger, 'warn'>;
  readonly key: Uint8Array;
  readonly #kept: Kept | undefined;

  constructor(file: string, logger: Pick<Logger, 'warn'>) {
    this.#file = file;
    this.#logger = logger;
    const found = read(file);
    this.key = found?.key ?? newGuestKey();
    const isEmptied = this.#write('', [], { isSynced: true });
    this.#kept = isEmptied ? found?.kept : undefined;
  }

  /** Returns the guests that the last server left; none when it had another log. */
  guests(epoch: string): readonly KeptGuest[] {
    return this.#kept?.epoch === epoch ? this.#kept.guests : [];
  }

  /**
   * Leaves `guests` for the next server: beyond 64 MiB, those with the longest lists of follows are left out. Does not
   * wait for the disk, which may hang: after a power cut, guests register again.
   */
  keep(epoch: string, guests: readonly KeptGuest[]): void {
    const lines = guests.map((guest) => JSON.stringify(shortened(guest)));
    const fitting: string[] = [];
    let bytes = 0;
    for (const line of lines.sort((one, other) => one.length - other.length)) {
      bytes += Buffer.byteLength(line);
      if (bytes > maxFileBytes) break;
      fitting.push(line);
    }
    if (fitting.length < lines.length) {
      this.#logger.warn(
        { left: lines.length - fitting.length },
        'some guests cannot come back to their places',
      );
    }
    this.#write(epoch, fitting, { isSynced: false });
  }

  /** Best effort: without the file the guests register again. */
  #write(epoch: string, guests: readonly string[], { isSynced }: { isSynced: boolean }): boolean {
    const key = Buffer.from(this.key).toString('hex');
    const head = JSON.stringify({ key, epoch });
    try {
      const text = `${head.slice(0, -1)},"guests":[${guests.join(',\n')}]}\n`;
      writeFileSync(`${this.#file}.new`, text, { mode: 0o600, flush: isSynced });
      renameSync(`${this.#file}.new`, this.#file);
      return true;
    } catch (err) {
      this.#logger.warn({ err }, 'the places of guests cannot be kept over a restart');
      return false;
    }
  }
}

function shortened(guest: KeptGuest): KeptGuest {
  const ended = guest.spans.filter(({ through }) => through !== Infinity);
  const dropped = new Set(ended.slice(0, -maxEndedSpans));
  return { ...guest, spans: guest.spans.filter((span) => !dropped.has(span)) };
}

function read(file: string): { readonly key: Uint8Array; readonly kept: Kept | undefined } | undefined {
  try {
    const found: unknown = JSON.parse(readFileSync(file, 'utf8'));
    if (!isObject(found) || typeof found.key !== 'string' || !/^[0-9a-f]{64}$/.test(found.key))
      return undefined;
    const key = Buffer.from(found.key, 'hex');
    const { epoch, guests } = found;
    if (typeof epoch !== 'string' || !Array.isArray(guests)) return { key, kept: undefined };
    return { key, kept: { epoch, guests: guests.flatMap((guest: unknown) => guestOf(guest) ?? []) } };
  } catch {
    return undefined;
  }
}

function guestOf(found: unknown): KeptGuest | undefined {
  if (!isObject(found) || !Array.isArray(found.spans)) return undefined;
  const { name, scope, joinedAfter } = found;
  if (typeof name !== 'string' || !isUserName(name)) return undefined;
  if (typeof scope !== 'string' || !/^[0-9a-f]{16}$/.test(scope) || !isPosition(joinedAfter))
    return undefined;
  return { name, scope, joinedAfter, spans: found.spans.flatMap((span: unknown) => spanOf(span) ?? []) };
}

/** `through` is null in the file while the follow goes on, as JSON has no infinity. */
function spanOf(found: unknown): StoredSpan | undefined {
  if (!isObject(found)) return undefined;
  const { term, after, through } = found;
  if (typeof term !== 'string' || !isPosition(after)) return undefined;
  if (through !== null && !isPosition(through)) return undefined;
  return { key: keyOfTerm(term), term, after, through: through ?? Infinity };
}

function isPosition(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}
