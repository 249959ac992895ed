import type { ChatAttachment } from '../../../client/client.ts';
import { humanSize } from '../../sizes.ts';
import { percentOf } from './progress.ts';

export type FileState =
  | { readonly kind: 'offered' }
  /** It waits until others are transferred. */
  | { readonly kind: 'waiting' }
  | { readonly kind: 'saving' | 'sending'; readonly doneBytes: number }
  /** `path` as people are shown it. */
  | { readonly kind: 'saved'; readonly path: string }
  /** It could not be saved; `!fetch` tries again. */
  | { readonly kind: 'failed' };

/** A file of the conversation: an announced one, or one that the user sends. */
export interface ListedFile {
  /** Counts from 1; no other file of this session gets it. */
  readonly number: number;
  readonly name: string;
  /** Undefined until it is known: a file to send is measured when its turn comes. */
  bytes: number | undefined;
  /** The sender's name; undefined for one that the user sends. */
  readonly from: string | undefined;
  /** In milliseconds since 1970. */
  readonly timeMs: number;
  /** Undefined for one that the user sends. */
  readonly attachment: ChatAttachment | undefined;
  state: FileState;
  /** Cancels the transfer; undefined while there is none. */
  transfer: AbortController | undefined;
}

/** The files of a conversation, oldest first: at most `most`, and those that are being transferred. */
export class FileList {
  readonly #most: number;
  #files: ListedFile[] = [];
  #count = 0;

  constructor(most = 200) {
    this.#most = most;
  }

  /** Adds an announced file, or returns the one that is listed already. */
  announce(attachment: ChatAttachment): ListedFile {
    const listed = this.#files.find((file) => file.attachment?.id === attachment.id);
    if (listed !== undefined) return listed;
    const { name, bytes, from, timeMs } = attachment;
    return this.#add({ name, bytes, from, timeMs, attachment, state: { kind: 'offered' } });
  }

  /** Adds a file that the user sends. */
  send(name: string, timeMs: number): ListedFile {
    const state: FileState = { kind: 'waiting' };
    return this.#add({ name, bytes: undefined, from: undefined, timeMs, attachment: undefined, state });
  }

  remove(file: ListedFile): void {
    this.#files = this.#files.filter((other) => other !== file);
  }

  /** Returns the file of that number, or else the newest of that name that `isMeant`. */
  find(wanted: string, isMeant: (file: ListedFile) => boolean): ListedFile | undefined {
    const numbered = this.#files.find((file) => String(file.number) === wanted);
    if (numbered !== undefined && isMeant(numbered)) return numbered;
    return this.#files.findLast((file) => file.name === wanted && isMeant(file));
  }

  filter(isMeant: (file: ListedFile) => boolean): readonly ListedFile[] {
    return this.#files.filter(isMeant);
  }

  #add(file: Omit<ListedFile, 'number' | 'transfer'>): ListedFile {
    this.#count += 1;
    const listed = { ...file, number: this.#count, transfer: undefined };
    this.#files.push(listed);
    if (this.#files.length > this.#most) {
      const oldest = this.#files.findIndex(({ transfer }) => transfer === undefined);
      // The new one has no transfer yet: it stays, whatever else is in the list.
      if (oldest >= 0 && oldest < this.#files.length - 1) this.#files.splice(oldest, 1);
    }
    return listed;
  }
}

/**
 * Returns a line for each file: number, time, state, size, sender, and the name, or the path of a saved one. The name
 * comes last, because a stranger chose it: it can imitate no other column.
 */
export function fileLines(files: readonly ListedFile[], nowMs: number): string[] {
  const rows = files.map((file) => [
    String(file.number),
    shortTime(file.timeMs, nowMs),
    stateOf(file),
    file.bytes === undefined ? '' : humanSize(file.bytes),
    file.from === undefined ? 'you' : `@${file.from}`,
    file.state.kind === 'saved' ? file.state.path : file.name,
  ]);
  const widths = [0, 1, 2, 3, 4].map((column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) =>
    row
      .map((cell, column) =>
        column === 0 ? cell.padStart(widths[0] ?? 0) : cell.padEnd(widths[column] ?? 0),
      )
      .join('  '),
  );
}

function stateOf({ state, bytes = 0 }: ListedFile): string {
  if (state.kind === 'failed') return 'not saved';
  if (state.kind !== 'saving' && state.kind !== 'sending') return state.kind;
  return `${state.kind} ${percentOf(state.doneBytes, bytes)}%`;
}

/** `14:03` for a time of today, otherwise `2026-11-27 14:03`, in this machine's time zone. */
function shortTime(timeMs: number, nowMs: number): string {
  const [time, now] = [new Date(timeMs), new Date(nowMs)];
  const two = (value: number): string => String(value).padStart(2, '0');
  const clock = `${two(time.getHours())}:${two(time.getMinutes())}`;
  if (time.toDateString() === now.toDateString()) return clock;
  return `${time.getFullYear()}-${two(time.getMonth() + 1)}-${two(time.getDate())} ${clock}`;
}
