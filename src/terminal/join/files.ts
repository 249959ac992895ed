import type { ChatAttachment, Client, FileAudience } from '../../client/client.ts';
import { FileError } from '../../client/errors.ts';
import { baseName } from '../../protocol/file-names.ts';
import { counted } from '../lines.ts';
import type { Screen } from '../screen.ts';
import type { Timeline } from '../timeline.ts';
import type { Progress } from './progress.ts';
import { AutomaticSaves, makeDefaultDownloads } from './saving.ts';

/** An announced file that is not saved. */
interface Offer {
  readonly number: number;
  readonly attachment: ChatAttachment;
}

const maxOffers = 1_000;

/**
 * The files of a conversation. A file that is announced under a term that the user follows, while they are online, is
 * saved at once. All others are offered for `!fetch`: files to the user or to everybody, which anybody may send; files
 * that were announced before or that the user's other devices sent; and files that could not be saved.
 */
export class Files {
  readonly #client: Client;
  readonly #screen: Screen;
  readonly #timeline: Timeline;
  readonly #folder: string;
  readonly #progress: Progress;
  readonly #underWay = new Set<Promise<void>>();
  readonly #saves: AutomaticSaves;
  #offers: Offer[] = [];
  #count = 0;

  constructor(client: Client, screen: Screen, timeline: Timeline, folder: string, progress: Progress) {
    this.#client = client;
    this.#saves = new AutomaticSaves(client.name);
    this.#screen = screen;
    this.#timeline = timeline;
    this.#folder = folder;
    this.#progress = progress;
  }

  /** Saves an announced file, or offers it. */
  onAttachment(attachment: ChatAttachment): void {
    const isAsked = !this.#client.isCatchingUp && !attachment.isOwn;
    if (!isAsked || !this.#saves.take(attachment.matched, attachment.bytes)) {
      this.#timeline.show(attachment, this.offer(attachment));
    } else void this.#save(attachment);
  }

  /** Offers a file, if it is not offered yet; returns the number for `!fetch`. */
  offer(attachment: ChatAttachment): number {
    const known = this.#offers.find((offer) => offer.attachment.id === attachment.id);
    return (known ?? this.#offer(attachment)).number;
  }

  /** Returns a line for each offered file. */
  list(): string[] {
    return this.#offers.map(({ number, attachment }) => `${number}  ${described(attachment)}`);
  }

  /** Saves the newest offered file of that name, or else the one of that number; false when there is none. */
  async fetch(wanted: string): Promise<boolean> {
    const offer =
      this.#offers.findLast(({ attachment }) => attachment.name === wanted) ??
      this.#offers.find(({ number }) => String(number) === wanted);
    if (offer === undefined) return false;
    this.#offers = this.#offers.filter((other) => other !== offer);
    await this.#save(offer.attachment, offer.number);
    return true;
  }

  /** Sends the file at `path`. Rejects as `Client.attach` does. */
  async send(path: string, audience: FileAudience): Promise<void> {
    await this.#watched(baseName(path), (onProgress) => this.#client.attach(path, audience, { onProgress }));
  }

  /** Resolves when no file is being saved. */
  async settled(): Promise<void> {
    while (this.#underWay.size > 0) await Promise.all(this.#underWay);
  }

  #offer(attachment: ChatAttachment, number?: number): Offer {
    if (number === undefined) this.#count += 1;
    const offer = { number: number ?? this.#count, attachment };
    this.#offers.push(offer);
    if (this.#offers.length > maxOffers) this.#offers.shift();
    return offer;
  }

  #save(attachment: ChatAttachment, number?: number): Promise<void> {
    const saved = this.#saveOne(attachment, number).finally(() => this.#underWay.delete(saved));
    this.#underWay.add(saved);
    return saved;
  }

  async #saveOne(attachment: ChatAttachment, number: number | undefined): Promise<void> {
    try {
      await makeDefaultDownloads(this.#folder);
      const name = await this.#watched(attachment.name, (onProgress) =>
        this.#client.fetch(attachment, this.#folder, { onProgress }),
      );
      this.#screen.notice(`Received ${name} (${counted(attachment.bytes, 'byte')}) from ${attachment.from}`);
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      const offer = this.#offer(attachment, number);
      const reason = error instanceof FileError ? error.message : `it was not saved: ${error.message}`;
      this.#screen.problem(`${described(attachment)}: ${reason}; !fetch ${offer.number} tries again`);
    }
  }

  async #watched<T>(
    label: string,
    transfer: (onProgress: (doneBytes: number, allBytes: number) => void) => Promise<T>,
  ): Promise<T> {
    let seen: { readonly advance: (bytes: number) => void; readonly end: () => void } | undefined;
    let sentBytes = 0;
    try {
      // The speed counts from the first byte, as a transfer may wait for others.
      return await transfer((doneBytes, allBytes) => {
        seen ??= this.#progress.begin(label, allBytes);
        seen.advance(doneBytes - sentBytes);
        sentBytes = doneBytes;
      });
    } finally {
      seen?.end();
    }
  }
}

function described({ name, bytes, from }: ChatAttachment): string {
  return `${name} (${counted(bytes, 'byte')}) from ${from}`;
}
