import type { Thread } from '../sqlite/thread.ts';
import type { Entry } from './entry.ts';
import type { Query } from './log.ts';
import type { PageRead } from './reader.ts';
import { entriesOf } from './rows.ts';
import type { FromReader, ToReader } from './worker-messages.ts';

interface Waiting {
  readonly resolve: (answer: FromReader) => void;
  readonly reject: (error: Error) => void;
}

/** The questions that are with the reader thread. */
export class Reads {
  readonly #worker: Thread<ToReader, FromReader>;
  readonly #waiting = new Map<number, Waiting>();
  readonly #onFailure: (error: Error) => void;
  #lastId = 0;
  /** Why no more is asked. */
  #ended: Error | undefined;

  /** `onFailure` is called when the thread ends unasked, and when what it reads is damaged. */
  constructor(worker: Thread<ToReader, FromReader>, onFailure: (error: Error) => void) {
    this.#worker = worker;
    this.#onFailure = onFailure;
    worker.listen((message) => this.#onAnswer(message));
    void worker.ended.then(({ error }) => {
      if (this.#ended === undefined || error !== undefined)
        onFailure(error ?? new Error("the log's reader thread ended"));
    });
  }

  /**
   * What was committed at or before `head`, and not what was since: nobody has been told of that yet. And what the log
   * had forgotten then.
   */
  async page(query: Query, head: number): Promise<PageRead> {
    const answer = await this.#ask((id) => ({ kind: 'read', id, query, head }));
    if (answer.kind !== 'page') throw new Error(`the log's reader answered with ${answer.kind}`);
    const { cells, through, forgottenThrough } = answer;
    return { page: { entries: entriesOf(cells), through }, forgottenThrough };
  }

  async attachmentBytes(sender: string, sinceMs: number): Promise<number> {
    const answer = await this.#ask((id) => ({ kind: 'attachmentBytes', id, sender, sinceMs }));
    if (answer.kind !== 'sum') throw new Error(`the log's reader answered with ${answer.kind}`);
    return answer.bytes;
  }

  /** As far as `head`, as with `page`. */
  async attachment(fileId: string, head: number): Promise<Entry | undefined> {
    const answer = await this.#ask((id) => ({ kind: 'attachment', id, fileId, head }));
    if (answer.kind !== 'attachment') throw new Error(`the log's reader answered with ${answer.kind}`);
    return answer.entry;
  }

  /** As far as `head`, as with `page`. */
  async positionOf(sender: string, retryId: string, head: number): Promise<number | undefined> {
    const answer = await this.#ask((id) => ({ kind: 'positionOf', id, sender, retryId, head }));
    if (answer.kind !== 'position') throw new Error(`the log's reader answered with ${answer.kind}`);
    return answer.position;
  }

  /** Ends the thread once it has answered what was asked before: it takes one message after another. */
  async close(): Promise<void> {
    if (this.#ended === undefined) {
      this.#ended = new Error('the log is closed');
      this.#worker.tell({ kind: 'close' });
    }
    await this.#worker.ended;
  }

  /** Answers nothing any more. */
  fail(error: Error): void {
    this.#ended = error;
    this.#worker.terminate();
    for (const { reject } of this.#waiting.values()) reject(error);
    this.#waiting.clear();
  }

  #ask(question: (id: number) => ToReader): Promise<FromReader> {
    if (this.#ended !== undefined) return Promise.reject(this.#ended);
    const id = ++this.#lastId;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#worker.tell(question(id));
    });
  }

  #onAnswer(message: FromReader): void {
    if (!('id' in message)) return;
    const waiting = this.#waiting.get(message.id);
    this.#waiting.delete(message.id);
    if (message.kind === 'readFailed') {
      waiting?.reject(message.error);
      if (message.isDamage) this.#onFailure(message.error);
    } else waiting?.resolve(message);
  }
}
