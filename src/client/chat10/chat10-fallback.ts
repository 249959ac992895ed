import { userName } from '../../protocol/chat11/values.ts';
import { formatText } from '../../protocol/commands/typed.ts';
import { quoteShort } from '../../protocol/text.ts';
import type { Clock } from '../../scheduling/clock.ts';
import type { Connection } from '../../transport/connection.ts';
import { BackOff } from '../back-off.ts';
import type { ChatMessage, Client, ClientEvents, SendOptions, Sent } from '../client.ts';
import { nextTask } from '../emitter.ts';
import { ConnectError, LostError } from '../errors.ts';
import { LiveEntries } from '../handling/live-entries.ts';
import { type ConnectionResult, reconnect, Wait } from '../reconnect.ts';
import { cancellable, checkText, checkWaiting } from '../sendable.ts';
import { systemProblem } from '../system-error.ts';
import { Chat10Client } from './chat10-client.ts';
import type { Chat10Ending, Chat10Handlers } from './chat10-handlers.ts';
import { Chat10Limits } from './chat10-limits.ts';

export interface Chat10FallbackOptions {
  readonly name: string;
  readonly follow: readonly string[];
  readonly clock: Clock;
  readonly random: () => number;
  /** The server's address, for people. */
  readonly where: string;
  dial(leaving: AbortSignal): Promise<Connection>;
}

interface Line {
  readonly text: string;
  readonly resolve: (sent: Sent) => void;
  readonly reject: (error: Error) => void;
}

/** A `Client` for servers that know only CHAT/1.0: it sends and receives lines, without positions and responses. */
export class Chat10Fallback extends Chat10Limits implements Client {
  readonly protocol = 'CHAT/1.0';
  readonly isGuest = true;
  readonly isCatchingUp = false;
  readonly epoch = undefined;
  readonly position = undefined;
  readonly lastHereMs = undefined;
  readonly #options: Chat10FallbackOptions;
  readonly #leaving = new AbortController();
  readonly #wait = new Wait();
  #client: Chat10Client | undefined;
  #state: 'online' | 'offline' | 'closed' = 'offline';
  #lines: Line[] = [];
  /** How many lines the connection has no room for yet. */
  #underWay = 0;
  #ended: Promise<void> = Promise.resolve();
  #opening: Promise<void> | undefined;
  protected readonly entries = new LiveEntries(() => {
    this.emit('notice', {
      from: 'client',
      text: 'Messages are lost: they come faster than they are handled',
    });
  });

  constructor(options: Chat10FallbackOptions) {
    super(options.clock);
    this.#options = options;
  }

  /** Registers over the first connection. Rejects with `ConnectError`. */
  async begin(connection: Connection): Promise<void> {
    const { clock, random } = this.#options;
    const registered = Promise.withResolvers<undefined>();
    const run = this.#run(connection, () => registered.resolve(undefined));
    const refused = await Promise.race([registered.promise, run.then(({ ending }) => ending)]);
    if (refused !== undefined) throw this.#problemOf(refused);
    this.#opening = nextTask();
    const end = reconnect(run, {
      clock,
      backOff: new BackOff(random),
      wait: this.#wait,
      connect: () => this.#connect(),
      onOffline: (what) => this.emit('offline', what),
      leaving: this.#leaving.signal,
    });
    this.#ended = end.then((why) => this.#end(why));
  }

  get name(): string {
    return this.#options.name;
  }

  get state(): 'online' | 'offline' | 'closed' {
    return this.#state;
  }

  async send(text: string, options?: SendOptions): Promise<Sent> {
    return this.#post(formatText(text), text, options);
  }

  reconnectNow(): void {
    this.#wait.end();
  }

  async close(): Promise<void> {
    if (this.#state !== 'closed') {
      this.#state = 'closed';
      this.entries.end(undefined);
      this.#leaving.abort(new Error('left'));
      await this.#client?.quit();
    }
    await this.#ended;
  }

  async #post(line: string, text: string, { signal }: SendOptions = {}): Promise<Sent> {
    checkText(text);
    signal?.throwIfAborted();
    if (this.#state === 'closed') throw new LostError('closed', 'The client is closed');
    checkWaiting(this.#lines.length + this.#underWay);
    const { promise, resolve, reject } = Promise.withResolvers<Sent>();
    const waiting: Line = { text: line, resolve, reject };
    this.#lines.push(waiting);
    this.#sendWaiting();
    if (signal === undefined) return promise;
    return cancellable(promise, signal, () => {
      if (!this.#lines.includes(waiting)) return;
      this.#lines = this.#lines.filter((other) => other !== waiting);
      reject(signal.reason);
    });
  }

  #sendWaiting(): void {
    if (this.#state !== 'online' || this.#client === undefined) return;
    for (const { text, resolve } of this.#lines.splice(0)) {
      this.#underWay += 1;
      void this.#client.say(text).then(() => {
        this.#underWay -= 1;
        resolve({ position: undefined, reached: undefined });
      });
    }
  }

  async #connect(): Promise<ConnectionResult> {
    const { dial, where } = this.#options;
    try {
      const connection = await dial(this.#leaving.signal);
      return await this.#run(connection, () => this.emit('online', { isResumed: false }));
    } catch (error) {
      return { why: `cannot reach ${where}: ${systemProblem(error)}`, isFinal: false, onlineMs: 0 };
    }
  }

  async #run(
    connection: Connection,
    onRegistered: () => void,
  ): Promise<ConnectionResult & { readonly ending: Chat10Ending }> {
    const { name, follow, clock } = this.#options;
    let registeredMs: number | undefined;
    const handlers = this.#handlers(() => {
      registeredMs = clock.monotonicMs();
      if (this.#state === 'offline') this.#state = 'online';
      onRegistered();
      this.#sendWaiting();
    });
    const client = new Chat10Client(connection, { name, follow, clock, handlers });
    this.#client = client;
    const run = client.run();
    if (this.#leaving.signal.aborted) void client.quit();
    const ending = await run;
    if (this.#state === 'online') this.#state = 'offline';
    const onlineMs = registeredMs === undefined ? 0 : clock.monotonicMs() - registeredMs;
    // Retry after 401: the server may not have noticed yet that the last connection broke.
    const isFinal = ending.kind === 'refused' && ending.code !== 401 && ending.code < 429;
    const isFarewell = ending.kind === 'closed-by-server';
    return { why: this.#problemOf(ending).message, isFinal, isFarewell, onlineMs, ending };
  }

  #handlers(onRegistered: () => void): Chat10Handlers {
    return {
      onRegistered,
      onText: (line) => this.#onText(line),
      onProblem: (text) => this.#tell('notice', { from: 'client', text }),
      openFile: async () => undefined,
      saveFile: async ({ file, origin }) => {
        const who = origin === undefined || userName.parse(origin) === undefined ? 'Somebody' : origin;
        const text = `${who} attached ${quoteShort(file)}: getting it needs CHAT/1.1`;
        this.#tell('notice', { from: 'client', text });
        return { write: async () => {}, finish: async () => {}, abandon: async () => {} };
      },
    };
  }

  #onText(line: string): void {
    const [, from, mark, text] = /^@([^\s:]+): (\(private\) )?(.+)$/su.exec(line) ?? [];
    if (from === undefined || text === undefined || userName.parse(from) === undefined) {
      this.#tell('notice', { from: 'server', text: line });
      return;
    }
    const message: ChatMessage = {
      kind: 'message',
      position: undefined,
      from,
      to: mark === undefined ? undefined : this.name,
      timeMs: this.#options.clock.nowMs(),
      matched: [],
      isReplay: false,
      isOwn: from === this.name,
      text,
    };
    this.#tell('message', message);
  }

  /** Emits an event once the code that awaits `connect` had a chance to attach listeners. */
  #tell<E extends 'notice' | 'message'>(event: E, what: ClientEvents[E]): void {
    const opening = this.#opening ?? nextTask();
    void opening.then(() => {
      if ('kind' in what) this.entries.push(what);
      this.emit(event, what);
    });
  }

  async #end(why: string | undefined): Promise<void> {
    this.#state = 'closed';
    this.entries.end(why);
    const left = this.#lines;
    this.#lines = [];
    for (const { reject } of left)
      reject(new LostError('closed', `${why ?? 'The client was closed'}: it was not sent`));
    this.emit('closed', { why });
  }

  #problemOf(ending: Chat10Ending): ConnectError {
    const { where, name } = this.#options;
    switch (ending.kind) {
      case 'refused': {
        const reason = ending.code === 401 ? 'taken' : ending.code === 403 ? 'password-needed' : 'refused';
        return new ConnectError(reason, `the server refused ${name}: ${ending.text} (${ending.code})`, {
          code: ending.code,
        });
      }
      case 'foreign':
        return new ConnectError('foreign', `${where} speaks neither CHAT/1.1 nor CHAT/1.0`);
      case 'unanswered':
        return new ConnectError('unreachable', `${where} does not answer`);
      case 'broken':
        return new ConnectError('foreign', `what came from ${where} makes no sense: ${ending.problem}`);
      case 'closed-by-server':
      case 'left':
        return new ConnectError('unreachable', `${where} closed the connection`);
      case 'lost':
        return new ConnectError(
          'unreachable',
          ending.cause === undefined
            ? `${where} closed the connection`
            : `the connection broke: ${systemProblem(ending.cause)}`,
        );
    }
  }
}
