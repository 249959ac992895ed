import type { Entry } from '../messages/entry.ts';
import type { Thread } from '../sqlite/thread.ts';
import { ThreadCalls } from '../sqlite/thread-calls.ts';
import type { Query } from './log.ts';
import type { PageRead } from './reader.ts';
import { entriesOf } from './rows.ts';
import type { FromReader, ReaderCalls, ToReader } from './worker-messages.ts';

/** Queries to the reader thread. They reject once `close` began, and when the thread fails. */
export class Reads {
  readonly #calls: ThreadCalls<ReaderCalls>;

  /** `onFailure` is called when the thread crashes, and when what it reads is damaged. */
  constructor(thread: Thread<ToReader, FromReader>, onFailure: (error: Error) => void) {
    this.#calls = new ThreadCalls(thread, {
      name: 'log reader',
      closed: 'the log is closed',
      onCrash: onFailure,
    });
    thread.listen((message) => {
      if (message.kind === 'answer') this.#calls.resolve(message);
      else if (message.kind === 'readFailed') {
        this.#calls.reject(message.id, message.error);
        if (message.isDamage) onFailure(message.error);
      }
    });
  }

  /** Resolves with a page of the entries at or before `head`, and `prunedThrough` at the time it was read. */
  async page(query: Query, head: number): Promise<PageRead> {
    const { cells, after, through, prunedThrough } = await this.#calls.call('page', query, head);
    return { page: { entries: entriesOf(cells), after, through }, prunedThrough };
  }

  attachmentBytesSince(sender: string, sinceMs: number): Promise<number> {
    return this.#calls.call('attachmentBytesSince', sender, sinceMs);
  }

  attachment(fileId: string, head: number): Promise<Entry | undefined> {
    return this.#calls.call('attachment', fileId, head);
  }

  positionOf(sender: string, retryId: string, head: number): Promise<number | undefined> {
    return this.#calls.call('positionOf', sender, retryId, head);
  }

  /** Resolves when earlier queries are answered and the thread has ended. */
  close(): Promise<void> {
    return this.#calls.close();
  }

  /** Rejects all queries and ends the thread. */
  fail(error: Error): void {
    this.#calls.fail(error);
  }
}
