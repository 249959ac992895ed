import { Credentials } from '../../src/client/chat11/credentials.ts';
import { Delivery } from '../../src/client/chat11/delivery.ts';
import { entryOf } from '../../src/client/chat11/inbox.ts';
import { SendQueue } from '../../src/client/chat11/send-queue.ts';
import type { History } from '../../src/client/client.ts';
import { LostError } from '../../src/client/errors.ts';
import { handleEntries } from '../../src/client/handling/handle.ts';
import type { Place } from '../../src/client/place.ts';
import { ChatModel, type ModelConnection } from './chat-model.ts';

interface Asked {
  readonly connection: ModelConnection;
  readonly range: { readonly after: number; readonly limit: number };
  readonly answer: PromiseWithResolvers<History>;
}

/** A `ChatModel` whose client handles what it gets, keeps its place, and can be killed. At most four entries wait. */
export class HandlingModel extends ChatModel {
  kept: Place | undefined;
  /** Texts whose handler is done, each time. */
  readonly done: string[] = [];
  kills = 0;
  /** How often the log was read again. */
  reads = 0;
  #delivery = this.#newDelivery();
  #asked: Asked[] = [];
  /** Answers that the client has not read yet. */
  readonly #unread = new Set<PromiseWithResolvers<History>>();
  #underWay: { readonly text: string; readonly over: PromiseWithResolvers<void> } | undefined;

  override inbox = this.#inboxOf(() => this.#delivery);

  /** The handler of the entry under way ends. */
  handled(isGood: boolean): void {
    const underWay = this.#underWay;
    this.#underWay = undefined;
    if (isGood) {
      if (underWay !== undefined) this.done.push(underWay.text);
      underWay?.over.resolve();
    } else underWay?.over.reject(new Error('failed'));
  }

  /** The server answers a request for history. */
  answerHistory(): void {
    const asked = this.#asked.shift();
    if (asked === undefined) return;
    const { connection, range, answer } = asked;
    const entries = this.log
      .map(({ from, text }, i) =>
        entryOf({ kind: 'message', position: i + 1, from, timeMs: 0, text, replay: true }, 'alice'),
      )
      .filter(({ from, position = 0 }) => from !== 'stranger' && position > range.after)
      .slice(0, range.limit);
    connection.toClient.push(() => {
      this.#unread.delete(answer);
      answer.resolve({ entries, gaps: [] });
    });
  }

  override cut(): void {
    super.cut();
    for (const answer of this.#unread) answer.reject(new LostError('unknown', 'cut'));
    this.#unread.clear();
    this.#asked = [];
  }

  /** The process ends at once; another one starts with what was kept. */
  kill(): void {
    if (this.kept === undefined) return;
    this.kills += 1;
    this.cut();
    this.#delivery.entries.end(undefined);
    this.#underWay = undefined;
    const run = `run ${this.kills}`;
    this.queue = new SendQueue({
      clock: this.clock,
      idPrefix: run,
      onStored: (position) => this.inbox.onStored(position),
    });
    this.#delivery = this.#newDelivery();
    this.work();
  }

  /** Handles entries; after a failure again. */
  work(): void {
    const delivery = this.#delivery;
    const handler = (entry: { readonly kind: string; readonly text?: string }): Promise<void> => {
      const over = Promise.withResolvers<void>();
      this.#underWay = { text: entry.text ?? '', over };
      return over.promise;
    };
    handleEntries(delivery.entries, this.clock, handler, {}).catch(() => {
      if (delivery === this.#delivery) this.work();
    });
  }

  #newDelivery(): Delivery {
    const delivery = new Delivery({
      clock: this.clock,
      credentials: new Credentials({ name: 'alice', password: 'correct-horse' }, undefined),
      place: this.kept,
      store: {
        read: async () => undefined,
        keep: ({ place }) => {
          // What a dead process keeps reaches no disk.
          if (delivery === this.#delivery) this.kept = place;
        },
        close: async () => {},
      },
      keepToken: false,
      maxWaiting: 4,
      isUnsure: () => this.queue.isUnsure,
      history: (range) => {
        this.reads += 1;
        const answer = Promise.withResolvers<History>();
        if (this.connection === undefined) answer.reject(new LostError('offline', 'offline'));
        else {
          this.#asked.push({ connection: this.connection, range, answer });
          this.#unread.add(answer);
        }
        return answer.promise;
      },
      emit: (event, what) => {
        if (event === 'gap' || event === 'reset') this.gaps.push(`${event} ${JSON.stringify(what)}`);
      },
    });
    return delivery;
  }

  #inboxOf(delivery: () => Delivery): ChatModel['inbox'] {
    return {
      begin: (head) => delivery().start(head, false),
      resume: (head) => delivery().start(head, true),
      stop: () => delivery().stop(),
      onStored: (position) => delivery().onStored(position),
      onAnswered: () => delivery().onAnswered(),
      onEvent: (event) => delivery().onEvent(event),
      get place() {
        return delivery().cursor;
      },
    };
  }
}
