import type { ServerEvent } from '../../protocol/chat11/event.ts';
import type { Clock } from '../../scheduling/clock.ts';
import type { Connection } from '../../transport/connection.ts';
import type {
  AttachedFile,
  Audience,
  Client,
  Device,
  FileAudience,
  FileContent,
  History,
  HistoryOptions,
  SendOptions,
  Sent,
  SentFile,
  TransferOptions,
} from '../client.ts';
import { nextTask } from '../emitter.ts';
import { LostError } from '../errors.ts';
import { EntryClient } from '../handling/entry-client.ts';
import type { EntrySource } from '../handling/handle.ts';
import type { HostFiles, StateStore } from '../host.ts';
import type { Place } from '../place.ts';
import { checkName, checkPost } from '../sendable.ts';
import type { Chat11Connection } from './chat11-connection.ts';
import type { Credentials, LoginRequest, LoginResult } from './credentials.ts';
import { Delivery } from './delivery.ts';
import { fetchBytes, fetchInto, fetchStream } from './fetching.ts';
import { Reconnector } from './reconnector.ts';
import { Requests } from './requests.ts';
import { type Draft, newIdPrefix, SendQueue } from './send-queue.ts';
import { Transfers } from './transfers.ts';

export interface Chat11ClientOptions {
  readonly clock: Clock;
  readonly random: () => number;
  readonly credentials: Credentials;
  /** The cursor of an earlier run. */
  readonly place: Place | undefined;
  /** When that cursor was stored, in milliseconds since 1970. */
  readonly lastHereMs?: number | undefined;
  /** The text of the first `notice`. */
  readonly warning: string | undefined;
  readonly files: HostFiles;
  readonly store: StateStore | undefined;
  readonly keepToken: boolean;
  readonly keepGuest?: boolean | undefined;
  /** The server's address, for people. */
  readonly where: string;
  dial(leaving: AbortSignal): Promise<Connection>;
}

/** A `Client` over CHAT/1.1. */
export class Chat11Client extends EntryClient implements Client {
  readonly protocol = 'CHAT/1.1';
  readonly #options: Chat11ClientOptions;
  readonly #sendQueue: SendQueue;
  readonly #delivery: Delivery;
  readonly #reconnector: Reconnector;
  readonly #transfers: Transfers;
  readonly #requests: Requests;
  #connection: Chat11Connection | undefined;
  #state: 'online' | 'offline' | 'closed' = 'offline';
  /** Resolves in the task after the one in which `connect` resolves: before that nobody can attach a listener. */
  #opening: Promise<void> | undefined;
  #isOpen = false;
  #ended: Promise<void> = Promise.resolve();

  constructor(options: Chat11ClientOptions) {
    super(options.clock);
    const { clock, random, credentials, files, where, dial } = options;
    this.#options = options;
    this.#sendQueue = new SendQueue({
      clock,
      idPrefix: newIdPrefix(),
      onStored: (position) => this.#delivery.onStored(position),
    });
    this.#delivery = new Delivery({
      ...options,
      isUnsure: () => this.#sendQueue.isUnsure || this.#transfers.isUnsure,
      history: (range) => this.#requests.history(range),
      emit: (event, what) => this.emit(event, what),
    });
    this.#transfers = new Transfers(clock, files, () => credentials.isGuest);
    this.#requests = new Requests(credentials, () => void this.#delivery.keepPlace());
    this.#reconnector = new Reconnector({
      clock,
      random,
      credentials,
      where,
      dial,
      place: () => this.#delivery.cursor,
      handlers: {
        onLoggedIn: (connection, result, request) => this.#onLoggedIn(connection, result, request),
        onEvent: (event) => this.#onEvent(event),
        onDataFailure: (failure) => this.#transfers.onDataFailure(failure),
        onGone: () => this.#onGone(),
        onOffline: (what) => this.emit('offline', what),
      },
    });
  }

  /** Logs in over the first connection. Rejects with `ConnectError`. */
  async begin(connection: Connection): Promise<void> {
    const { ended } = await this.#reconnector.begin(connection);
    this.#ended = ended.then((why) => this.#end(why));
  }

  protected get entries(): EntrySource {
    return this.#delivery.entries;
  }

  get name(): string {
    return this.#options.credentials.name;
  }

  get isGuest(): boolean {
    return this.#options.credentials.isGuest;
  }

  get state(): 'online' | 'offline' | 'closed' {
    return this.#state;
  }

  get isCatchingUp(): boolean {
    return this.#delivery.isCatchingUp;
  }

  get epoch(): string | undefined {
    return this.#delivery.entries.place?.epoch;
  }

  get position(): number | undefined {
    return this.#delivery.entries.place?.position;
  }

  get lastHereMs(): number | undefined {
    return this.#options.lastHereMs;
  }

  send(text: string, options?: SendOptions): Promise<Sent> {
    return this.#post({ kind: 'send', text }, options);
  }

  broadcast(text: string, options?: SendOptions): Promise<Sent> {
    return this.#post({ kind: 'broadcast', text }, options);
  }

  async sendTo(name: string, text: string, options?: SendOptions): Promise<Sent> {
    checkName(name);
    return this.#post({ kind: 'sendto', to: name, text }, options);
  }

  readonly list = (): Promise<readonly string[]> => this.#requests.list();

  follow(term: string, options: { readonly since?: number } = {}): Promise<History> {
    return this.#requests.follow(term, options.since);
  }

  unfollow(term: string): Promise<void> {
    return this.#requests.unfollow(term);
  }

  readonly follows = (): Promise<readonly string[]> => this.#requests.follows();

  readonly audience = (text: string): Promise<Audience> => this.#requests.audience(text);

  history(options: HistoryOptions = {}): Promise<History> {
    return this.#requests.history(options);
  }

  attach(
    file: string | FileContent,
    audience: FileAudience,
    options: TransferOptions = {},
  ): Promise<SentFile> {
    const sent = this.#transfers.send(file, audience, options, (position) =>
      this.#delivery.onStored(position),
    );
    return sent.finally(() => this.#delivery.onAnswered());
  }

  fetch(attachment: AttachedFile, folder: string, options: TransferOptions = {}): Promise<string> {
    return fetchInto(this.#transfers, this.#options.files, attachment, folder, options);
  }

  fetchBytes(
    attachment: AttachedFile,
    options: TransferOptions & { readonly maxBytes?: number } = {},
  ): Promise<Uint8Array<ArrayBuffer>> {
    return fetchBytes(this.#transfers, attachment, options);
  }

  fetchStream(attachment: AttachedFile, options: TransferOptions = {}): AsyncIterableIterator<Uint8Array> {
    return fetchStream(this.#transfers, attachment, options);
  }

  readonly claim = (password: string): Promise<void> => this.#requests.claim(password);
  readonly devices = (): Promise<readonly Device[]> => this.#requests.devices();
  readonly revokeDevice = (id: number): Promise<void> => this.#requests.revokeDevice(id);
  readonly changePassword = (old: string, password: string): Promise<void> =>
    this.#requests.changePassword(old, password);

  reconnectNow(): void {
    this.#reconnector.hurry();
  }

  async close(): Promise<void> {
    if (this.#state !== 'closed') {
      this.#state = 'closed';
      // First, so that a handler whose requests now fail is known to be cut off.
      this.entries.end(undefined);
      const { keepToken, credentials } = this.#options;
      this.#reconnector.leave(!keepToken && credentials.hasOwnToken);
    }
    await this.#ended;
  }

  async #post(draft: Draft, options: SendOptions = {}): Promise<Sent> {
    checkPost(draft.text, options.id);
    if (this.#state === 'closed') throw new LostError('closed', 'The client is closed');
    return this.#sendQueue.post(draft, options);
  }

  #onLoggedIn(connection: Chat11Connection, result: LoginResult, request: LoginRequest): void {
    const { position, epoch } = result;
    const head = { position, epoch };
    const before = this.#delivery.cursor;
    const isFirst = this.#opening === undefined;
    this.#opening ??= nextTask().then(() => {
      this.#isOpen = true;
      const { warning } = this.#options;
      if (warning !== undefined) this.emit('notice', { from: 'client', text: warning });
    });
    this.#connection = connection;
    if (this.#state === 'offline') this.#state = 'online';
    const goesOn = request.kind === 'login' && request.since !== undefined;
    const isResumed = goesOn && before?.epoch === epoch && before.position <= position;
    if (!isFirst) this.emit('online', { isResumed });
    // The guest registered again. Only with the same token the server dedupes by the ids of the earlier registration.
    const isForgotten = request.kind === 'register' && result.token !== request.token;
    if (!isFirst && isForgotten) this.#sendQueue.forgetRepeated();
    this.#delivery.start(head, goesOn);
    this.#sendQueue.start((post, onAnswer) => {
      connection.ask<'send' | 'broadcast' | 'sendto'>(post, (answer) => {
        onAnswer(answer);
        this.#delivery.onAnswered();
      });
    });
    this.#transfers.start(connection);
    this.#requests.start(connection, isFirst);
  }

  #onEvent(event: ServerEvent): Promise<void> | undefined {
    if (event.kind === 'data') return this.#transfers.onPiece(event);
    if ((event.kind === 'message' || event.kind === 'attachment') && event.replay === true) {
      this.#connection?.replayed?.(event);
      return undefined;
    }
    if (
      event.kind === 'gap' &&
      this.#connection?.replayed !== undefined &&
      !this.#delivery.isMissing(event)
    ) {
      this.#connection.replayed(event);
      return undefined;
    }
    if (!this.#isOpen) return this.#opening?.then(() => this.#tell(event));
    this.#tell(event);
    return undefined;
  }

  #tell(event: ServerEvent): void {
    if (event.kind === 'notice') this.emit('notice', { from: 'server', text: event.text });
    else if (event.kind !== 'data' && event.kind !== 'disconnect') this.#delivery.onEvent(event);
  }

  #onGone(): void {
    this.#connection = undefined;
    if (this.#state === 'online') this.#state = 'offline';
    this.#sendQueue.stop();
    this.#delivery.stop();
    this.#transfers.stop();
    this.#requests.stop();
  }

  async #end(why: string | undefined): Promise<void> {
    this.#state = 'closed';
    this.entries.end(why);
    this.#sendQueue.end(why ?? 'The client was closed');
    this.#transfers.end(why ?? 'The client was closed');
    this.#requests.end();
    await this.#reconnector.closed();
    await this.#transfers.settled();
    await this.#delivery.end();
    this.emit('closed', { why });
  }
}
