import { Inbox, type Placed } from '../../src/client/chat11/inbox.ts';
import { type Post, type PostAnswer, SendQueue } from '../../src/client/chat11/send-queue.ts';
import { FakeClock } from './fake-clock.ts';

interface Stored {
  readonly from: string;
  readonly text: string;
  readonly id: string | undefined;
}

export interface ModelConnection {
  readonly requests: { readonly post: Post; readonly onAnswer: (answer: PostAnswer) => void }[];
  /** On its way to the client: steps that it takes when it reads. */
  readonly toClient: (() => void)[];
  isLive: boolean;
}

/**
 * A queue and an inbox with a server that is nothing but the rules, and a connection between them of which every step
 * is the test's to make: what is sent, what the server does with it, what arrives, and where it breaks.
 */
export class ChatModel {
  readonly clock = new FakeClock();
  readonly log: Stored[] = [];
  /** Texts that were told, in order. */
  readonly heard: string[] = [];
  readonly gaps: string[] = [];
  readonly answered: string[] = [];
  readonly refused: string[] = [];
  /** Connections that were cut and of which the server has not heard everything yet. */
  readonly #old: ModelConnection[] = [];
  protected connection: ModelConnection | undefined;
  #isNew = true;
  #count = 0;
  queue = new SendQueue({
    clock: this.clock,
    idPrefix: 'x',
    onStored: (position) => this.inbox.onStored(position),
  });
  inbox: Pick<Inbox, 'begin' | 'resume' | 'stop' | 'onStored' | 'onAnswered' | 'onEvent' | 'place'> =
    new Inbox(
      'alice',
      {
        onEntry: (entry) => this.heard.push(entry.kind === 'message' ? entry.text : entry.name),
        onCaughtUp: () => {},
        onGap: ({ from, to }) => this.gaps.push(`${from}-${to}`),
        onReset: ({ epoch }) => this.gaps.push(epoch),
      },
      () => this.queue.isUnsure,
    );

  /** `isBad`: the server will not have it. */
  post(isBad = false): void {
    this.#count += 1;
    const text = isBad ? `bad ${this.#count}` : `${this.#count}`;
    this.queue.post({ kind: 'send', text }).then(
      () => this.answered.push(text),
      () => this.refused.push(text),
    );
  }

  /** Somebody says something, which is for this user or not. */
  other(isForUser: boolean): void {
    this.#count += 1;
    this.#store({ from: isForUser ? 'bob' : 'stranger', text: `${this.#count}`, id: undefined });
  }

  /** This user says something on another device. */
  device(): void {
    this.#count += 1;
    this.#store({ from: 'alice', text: `${this.#count}`, id: undefined });
  }

  connect(): void {
    if (this.connection !== undefined) return;
    const connection: ModelConnection = { requests: [], toClient: [], isLive: false };
    this.connection = connection;
    const head = { position: this.log.length, epoch: 'e' };
    if (this.#isNew) this.inbox.begin(head);
    else this.inbox.resume(head);
    if (this.#isNew) connection.isLive = true;
    this.#isNew = false;
    this.queue.start((post, onAnswer) => {
      connection.requests.push({
        post,
        onAnswer: (answer) => {
          onAnswer(answer);
          this.inbox.onAnswered();
        },
      });
    });
  }

  /** The server reads what was missed from its log, one's own texts among it. */
  catchUp(): void {
    const connection = this.connection;
    if (connection === undefined || connection.isLive) return;
    connection.isLive = true;
    const since = this.inbox.place?.position ?? 0;
    for (let at = since; at < this.log.length; at++) this.#deliver(connection, at + 1);
    const of = this.log.length - since;
    this.#say(connection, { kind: 'caught-up', matched: of, of });
  }

  /** The server takes the next request of a connection, an old one if there is one and `isOld`. */
  serve(how: 'store' | 'later', isOld = false): void {
    const connection = isOld ? this.#old[0] : this.connection;
    const request = connection?.requests.shift();
    if (connection === undefined || request === undefined) {
      if (isOld) this.#old.shift();
      return;
    }
    const { post, onAnswer } = request;
    const answer = this.#answerTo(post, how, connection);
    connection.toClient.push(() => onAnswer(answer));
  }

  /** The client reads the next thing that came. */
  read(): void {
    this.connection?.toClient.shift()?.();
  }

  cut(): void {
    const connection = this.connection;
    if (connection === undefined) return;
    this.connection = undefined;
    connection.isLive = false;
    this.#old.push(connection);
    this.queue.stop();
    this.inbox.stop();
  }

  /** Whatever is under way comes to its end. */
  settle(): void {
    this.connect();
    this.catchUp();
    for (let round = 0; round < 10_000; round++) {
      while (this.#old.length > 0) this.serve('store', true);
      this.serve('store');
      this.read();
      if ((this.connection?.requests.length ?? 0) > 0 || (this.connection?.toClient.length ?? 0) > 0)
        continue;
      if (this.queue.waiting === 0) return;
      this.clock.advance(60_000);
    }
    throw new Error('it does not come to an end');
  }

  #answerTo(post: Post, how: 'store' | 'later', connection: ModelConnection): Exclude<PostAnswer, undefined> {
    const known = this.log.findIndex(({ id }) => id === post.id);
    if (how === 'later') return { kind: 'failure', code: 429, reason: 'Slow down', retryAfterS: 1 };
    if (known >= 0) return { position: known + 1, reached: 0 };
    if (post.text.startsWith('bad')) return { kind: 'failure', code: 404, reason: 'Not found' };
    this.#store({ from: 'alice', text: post.text, id: post.id }, connection);
    return { position: this.log.length, reached: 1 };
  }

  #store(stored: Stored, origin?: ModelConnection): void {
    this.log.push(stored);
    const connection = this.connection;
    if (connection?.isLive === true && connection !== origin) this.#deliver(connection, this.log.length);
  }

  #deliver(connection: ModelConnection, position: number): void {
    const { from, text } = this.log[position - 1] ?? { from: '', text: '' };
    if (from === 'stranger') return;
    this.#say(connection, { kind: 'message', position, from, timeMs: 0, text });
  }

  #say(connection: ModelConnection, event: Placed): void {
    connection.toClient.push(() => this.inbox.onEvent(event));
  }
}
