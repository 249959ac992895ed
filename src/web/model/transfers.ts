import type { ChatAttachment, Client, FileAudience } from '../../client/client.ts';
import type { Changes } from './changes.ts';

/** A file on its way. */
export interface Transfer {
  readonly id: number;
  readonly name: string;
  readonly isUpload: boolean;
  readonly bytes: number;
  readonly doneBytes: number;
  /** Why it failed; undefined while it is under way. */
  readonly problem?: string;
  cancel(): void;
}

/** What a page keeps in memory of a file that somebody else sent. */
const maxDownloadBytes = 256 * 1024 * 1024;

/** The files that this page sends and gets. */
export class Transfers {
  readonly #page: Changes;
  readonly #client: () => Client | undefined;
  #transfers: readonly Transfer[] = [];
  #count = 0;

  constructor(page: Changes, client: () => Client | undefined) {
    this.#page = page;
    this.#client = client;
  }

  get list(): readonly Transfer[] {
    return this.#transfers;
  }

  /** Sends a file. Resolves when it is stored, or has failed, which `list` tells. Returns how many it reached. */
  async send(file: File, audience: FileAudience): Promise<number | undefined> {
    const sent = await this.#run(file.name, file.size, true, (client, signal, onProgress) =>
      client.attach({ name: file.name, content: file }, audience, { signal, onProgress }),
    );
    return sent?.reached;
  }

  /** Resolves with the bytes, of which the hash was verified; with undefined when that failed or was cancelled. */
  get(file: ChatAttachment): Promise<Uint8Array<ArrayBuffer> | undefined> {
    return this.#run(file.name, file.bytes, false, (client, signal, onProgress) =>
      client.fetchBytes(file, { signal, onProgress, maxBytes: maxDownloadBytes }),
    );
  }

  forget(id: number): void {
    this.#set(this.#transfers.filter((transfer) => transfer.id !== id));
  }

  async #run<T>(
    name: string,
    bytes: number,
    isUpload: boolean,
    work: (
      client: Client,
      signal: AbortSignal,
      onProgress: (doneBytes: number, allBytes: number) => void,
    ) => Promise<T>,
  ): Promise<T | undefined> {
    const client = this.#client();
    const cancelled = new AbortController();
    const id = ++this.#count;
    const cancel = (): void => cancelled.abort(new Error('cancelled'));
    this.#set([...this.#transfers, { id, name, isUpload, bytes, doneBytes: 0, cancel }]);
    try {
      if (client === undefined) throw new Error('there is no connection yet');
      const result = await work(client, cancelled.signal, (doneBytes) => this.#update(id, { doneBytes }));
      this.forget(id);
      return result;
    } catch (error) {
      if (cancelled.signal.aborted) this.forget(id);
      else this.#update(id, { problem: error instanceof Error ? error.message : String(error) });
      return undefined;
    }
  }

  #update(id: number, change: Partial<Transfer>): void {
    this.#set(
      this.#transfers.map((transfer) => (transfer.id === id ? { ...transfer, ...change } : transfer)),
    );
  }

  #set(transfers: readonly Transfer[]): void {
    this.#transfers = transfers;
    this.#page.changed();
  }
}
