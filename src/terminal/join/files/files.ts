import { join } from 'node:path';
import type {
  ChatAttachment,
  Client,
  FileAudience,
  SentFile,
  TransferOptions,
} from '../../../client/client.ts';
import { FileError, LostError } from '../../../client/errors.ts';
import { baseName } from '../../../protocol/file-names.ts';
import { quoteShort } from '../../../protocol/text.ts';
import type { Clock } from '../../../scheduling/clock.ts';
import { shownFileName } from '../../entry-line.ts';
import type { Screen } from '../../screen.ts';
import { humanSize } from '../../sizes.ts';
import type { Timeline } from '../../timeline.ts';
import { AcceptedFiles, type Accepting } from './accepted-files.ts';
import { type Downloads, expandHome, prepare, shownPath } from './downloads.ts';
import { type FetchTarget, fetchReadings, fetchTarget } from './fetch-target.ts';
import { FileList, fileLines, type ListedFile } from './file-list.ts';
import type { Progress, Transfer } from './progress.ts';

/** The user cancelled a transfer. */
export class Cancelled extends Error {
  override readonly name = 'Cancelled';
}

export interface FilesOptions extends Accepting {
  readonly downloads: Downloads;
  readonly clock: Clock;
}

/** Files that wait to be saved without asking; beyond that they are offered. */
const maxWaiting = 100;

/**
 * The files of a conversation. What `AcceptedFiles` takes is saved at once, if it comes while the user is online. All
 * others are offered for `!fetch`: files to the user or to everybody, which anybody may send; files that were announced
 * before or that the user's other devices sent; and files that could not be saved.
 */
export class Files {
  readonly #client: Client;
  readonly #screen: Screen;
  readonly #timeline: Timeline;
  readonly #downloads: Downloads;
  readonly #clock: Clock;
  readonly #progress: Progress;
  readonly #accepted: AcceptedFiles;
  readonly #list = new FileList();
  readonly #underWay = new Set<Promise<void>>();

  constructor(client: Client, options: FilesOptions, screen: Screen, timeline: Timeline, progress: Progress) {
    this.#client = client;
    this.#screen = screen;
    this.#timeline = timeline;
    this.#downloads = options.downloads;
    this.#clock = options.clock;
    this.#progress = progress;
    this.#accepted = new AcceptedFiles(options, client.name);
    client.on('offline', () => {
      progress.isConnected = false;
    });
    client.on('online', () => {
      progress.isConnected = true;
    });
  }

  /** Saves an announced file, or offers it. */
  onAttachment(attachment: ChatAttachment): void {
    const file = this.#list.announce(attachment);
    const isAsked = !attachment.isOwn && (this.#accepted.isAll || !this.#client.isCatchingUp);
    const { matched, bytes } = attachment;
    if (isAsked && this.#underWay.size < maxWaiting && this.#accepted.take(matched, bytes)) {
      void this.#save(file, attachment);
    } else this.#timeline.show(attachment, file.number);
  }

  /** Lists a file of the past, if it is not listed yet; returns the number for `!fetch`. */
  offer(attachment: ChatAttachment): number {
    return this.#list.announce(attachment).number;
  }

  /** Returns a line for each file that was offered or received, or is being sent. */
  lines(): string[] {
    return fileLines(
      this.#list.filter(() => true),
      this.#clock.nowMs(),
    );
  }

  /** Returns a line for each file that is offered and not saved. */
  offeredLines(): string[] {
    const isOffered = ({ state }: ListedFile) => state.kind === 'offered' || state.kind === 'failed';
    return fileLines(this.#list.filter(isOffered), this.#clock.nowMs());
  }

  /**
   * Saves the file of that number or name, again if it was saved before; `typed` may end in `as PATH`. Resolves with a
   * problem for people when there is no such file or it cannot be saved there.
   */
  async fetch(typed: string): Promise<string | undefined> {
    const isAnnounced = ({ attachment }: ListedFile) => attachment !== undefined;
    for (const { file: wanted, as } of fetchReadings(typed)) {
      const file = this.#list.find(wanted, isAnnounced);
      if (file?.attachment === undefined) continue;
      if (file.transfer !== undefined)
        return `${this.#named(file.name)} is being saved already; !cancel ${file.number} stops it`;
      const target = as === undefined ? undefined : await fetchTarget(as, file.name);
      if (typeof target === 'string') return target;
      await this.#save(file, file.attachment, target);
      return undefined;
    }
    return `No file ${quoteShort(typed)} is offered; !files lists them`;
  }

  /** Sends the file at `path`, which may begin with `~/`. Rejects as `Client.attach` does, or with `Cancelled`. */
  async send(path: string, audience: FileAudience): Promise<SentFile> {
    const file = this.#list.send(baseName(path), this.#clock.nowMs());
    try {
      return await this.#transferred(file, 'sending', (options) =>
        this.#client.attach(expandHome(path), audience, options),
      );
    } finally {
      this.#list.remove(file);
    }
  }

  /** Cancels the transfer of that number or name, or the only one. Returns a problem for people when there is none. */
  cancel(wanted: string | undefined): string | undefined {
    const isUnderWay = ({ transfer }: ListedFile) => transfer !== undefined;
    const all = this.#list.filter(isUnderWay);
    if (all.length === 0) return 'No file is being sent or saved';
    if (wanted === undefined && all.length > 1) {
      return `Which one? !cancel N, where N is ${all.map(({ number }) => number).join(', ')}; !files lists them`;
    }
    const file = wanted === undefined ? all[0] : this.#list.find(wanted, isUnderWay);
    if (file === undefined)
      return `No file ${quoteShort(wanted ?? '')} is being sent or saved; !files lists them`;
    file.transfer?.abort(new Cancelled('cancelled'));
    return undefined;
  }

  /** Resolves when no file is being saved. */
  async settled(): Promise<void> {
    while (this.#underWay.size > 0) await Promise.all(this.#underWay);
  }

  #save(file: ListedFile, attachment: ChatAttachment, target?: FetchTarget): Promise<void> {
    const saved = this.#saveOne(file, attachment, target).finally(() => this.#underWay.delete(saved));
    this.#underWay.add(saved);
    return saved;
  }

  async #saveOne(
    file: ListedFile,
    attachment: ChatAttachment,
    target: FetchTarget | undefined,
  ): Promise<void> {
    const { folder, name } = target ?? { folder: this.#downloads.path, name: attachment.name };
    try {
      const savedAs = await this.#transferred(file, 'saving', async (options) => {
        if (target === undefined) await prepare(this.#downloads);
        return this.#client.fetch({ ...attachment, name }, folder, options);
      });
      const path = shownPath(join(folder, savedAs));
      file.state = { kind: 'saved', path };
      this.#screen.notice(
        `Received ${this.#named(savedAs)} (${humanSize(attachment.bytes)}) from ${attachment.from}: ${path}`,
      );
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      file.state = { kind: error instanceof Cancelled ? 'offered' : 'failed' };
      if (error instanceof Cancelled) {
        this.#screen.notice(
          `Cancelled: ${this.#named(attachment.name)} was not saved; !fetch ${file.number} starts anew.`,
        );
        return;
      }
      const described = `${this.#named(attachment.name)} (${humanSize(attachment.bytes)}) from ${attachment.from}`;
      const reason = error instanceof FileError ? error.message : `it was not saved: ${error.message}`;
      // Once the client is closed, nothing can be typed any more.
      const isOver = error instanceof LostError && error.reason === 'closed';
      const hint = isOver ? '' : `; !fetch ${file.number} tries again`;
      this.#screen.problem(`${described}: ${reason}${hint}`);
    }
  }

  /** A file's name for a sentence of ours; for scripts as it is. */
  #named(name: string): string {
    return this.#screen.isTerminal ? shownFileName(name) : name;
  }

  /** Runs a transfer that can be cancelled, and follows its progress. */
  async #transferred<T>(
    file: ListedFile,
    kind: 'saving' | 'sending',
    transfer: (options: TransferOptions) => Promise<T>,
  ): Promise<T> {
    const cancelling = new AbortController();
    file.transfer = cancelling;
    file.state = { kind: 'waiting' };
    let seen: Transfer | undefined;
    let sentBytes = 0;
    try {
      return await transfer({
        signal: cancelling.signal,
        // The speed counts from the first byte, as a transfer may wait for others.
        onProgress: (doneBytes, allBytes) => {
          seen ??= this.#progress.begin(file.name, allBytes);
          seen.advance(doneBytes - sentBytes);
          sentBytes = doneBytes;
          file.bytes = allBytes;
          file.state = { kind, doneBytes };
        },
      });
    } finally {
      seen?.end();
      file.transfer = undefined;
    }
  }
}
