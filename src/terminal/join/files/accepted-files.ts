import { humanSize } from '../../sizes.ts';

/** Which files are saved without asking: all, those of followed words and people, or none. */
export const acceptChoices = ['all', 'followed', 'none'] as const;

export interface Accepting {
  readonly accept: (typeof acceptChoices)[number];
  /** The largest file that is saved without asking; undefined for the default. */
  readonly acceptBytes: number | undefined;
}

const mib = 1024 * 1024;
const defaultBytes = 10 * mib;
/** Limits of one session for what followed words and people bring: not even a friend may fill the disk. */
const maxFiles = 100;
const maxBytes = 200 * mib;

/** Decides which files are saved without asking. */
export class AcceptedFiles {
  readonly #accept: Accepting['accept'];
  readonly #acceptBytes: number;
  readonly #own: string;
  #files = 0;
  #bytes = 0;

  /** `name`: the user's. */
  constructor({ accept, acceptBytes }: Accepting, name: string) {
    this.#accept = accept;
    this.#acceptBytes = acceptBytes ?? (accept === 'all' ? Infinity : defaultBytes);
    this.#own = `@${name}`;
  }

  get isAll(): boolean {
    return this.#accept === 'all';
  }

  /** Returns whether to save a file that reached the user by the terms `matched`, and if so counts it. */
  take(matched: readonly string[], bytes: number): boolean {
    return this.refusal(matched, bytes) === undefined;
  }

  /** As `take`, but returns why not to save the file, in words for the user. */
  refusal(matched: readonly string[], bytes: number): string | undefined {
    if (this.#accept === 'none') return 'you accept no files';
    if (bytes > this.#acceptBytes) return `you accept files up to ${humanSize(this.#acceptBytes)}`;
    if (this.#accept === 'all') return undefined;
    if (!matched.some((term) => this.#isChosen(term)))
      return 'you accept only files of people whom you follow';
    if (this.#files >= maxFiles || this.#bytes + bytes > maxBytes)
      return 'you got enough files in this session';
    this.#files++;
    this.#bytes += bytes;
    return undefined;
  }

  /** Anybody can send a file to everybody or to this user, so these terms say nothing about its sender. */
  #isChosen(term: string): boolean {
    return term !== this.#own && term.toLowerCase() !== '@all';
  }
}

/** What the first screen says about files over CHAT/1.1; `folder` as people are shown it. */
export function filesNotice({ accept }: Accepting, folder: string): string {
  if (accept === 'all') return `Every file that reaches you is saved in ${folder}.`;
  if (accept === 'none') return `Files are offered (!files); those that you fetch are saved in ${folder}.`;
  return `Files for followed words are saved in ${folder}; !files lists others.`;
}

/** As `filesNotice`, over CHAT/1.0, where a file comes at once or never. */
export function chat10FilesNotice({ accept }: Accepting, folder: string): string {
  if (accept === 'all') return `Every file that reaches you is saved in ${folder}.`;
  if (accept === 'none') return `Files are not saved; join with --accept all to save them in ${folder}.`;
  return `Files of people whom you follow are saved in ${folder}, no others; --accept all saves every file.`;
}
