import { Association } from '../association.ts';
import {
  type EphemeralKey,
  ephemeralKey,
  isSignedBy,
  type Secrets,
  secretsFrom,
  sharedSecret,
  signedBytes,
  transcriptOf,
} from '../handshake/key-exchange.ts';
import {
  type Accept,
  type AcceptContent,
  isHandshake,
  kinds,
  readAccept,
  readAcceptContent,
  readRetry,
  readVersions,
  writeHello,
} from '../handshake/messages.ts';
import { connectionIdBytes } from '../packets/packet-header.ts';
import { OpeningKeys, openOnce, SealingKeys } from '../packets/packet-keys.ts';
import type { Random, Transmit, UdpSettings } from '../settings.ts';
import { SharedCredit } from '../streams/credit.ts';
import { connectionError, type Stream } from '../streams/stream.ts';
import type { Trace } from '../trace/events.ts';

/**
 * Whether a server with this key (32 bytes, Ed25519) is the one that is meant. A promise may reject with the reason why it
 * is not.
 */
export type IsTrusted = (serverKey: Uint8Array) => boolean | Promise<boolean>;

/**
 * A client's end: says HELLO until the server answers, checks who it is, and then is one association. No socket, no
 * timer: datagrams and time go in and out.
 *
 * ```
 *   hello ── RETRY ──► hello with its token ── ACCEPT ──► signed by a trusted key? ──► open ──► gone
 *     └── no answer for the handshake time-out, nobody listens, another version, a key that is not trusted ──► gone
 * ```
 */
export interface ClientOptions {
  readonly settings: UdpSettings;
  readonly random: Random;
  readonly transmit: Transmit;
  readonly host: string;
  readonly port: number;
  readonly nowMs: number;
  readonly isTrusted: IsTrusted;
  /** Takes what happens, for whoever wants to watch. */
  readonly trace?: Trace | undefined;
  readonly events: ClientEvents;
}

export interface ClientEvents {
  /** Streams can be opened from now on. */
  onOpen(): void;
  /** Nothing more happens. `error` is why, unless it was closed in order. */
  onGone(error: Error | undefined): void;
  /** `poll` has something to do now. */
  onWork(): void;
}

const longestRetryMs = 1000;
/** How often the server's machine must say that nobody listens: once could be of an earlier server. */
const refusalsToBelieve = 2;
const noToken = new Uint8Array(0);

/** A whole ACCEPT, and what comes from it. */
interface Accepted {
  readonly accept: Accept;
  readonly content: AcceptContent;
  readonly secrets: Secrets;
  readonly firstRoundTripMs: number | undefined;
}

export class ClientEndpoint {
  readonly #options: ClientOptions;
  readonly #id = new Uint8Array(connectionIdBytes);
  readonly #key: EphemeralKey;
  readonly #giveUpMs: number;
  #hello: Uint8Array;
  #hasToken = false;
  #helloMs = 0;
  #nowMs: number;
  #tries = 0;
  #nextHelloMs: number;
  #refusals = 0;
  #isGone = false;
  /** The server has answered; its key is looked at. */
  #isChecking = false;
  /** Makes the association. */
  #open: ((nowMs: number) => void) | undefined;
  #association: Association | undefined;
  /** What both ends of this association know and nobody else; empty before it is open. */
  exporter: Uint8Array = noToken;

  constructor(options: ClientOptions) {
    this.#options = options;
    options.random(this.#id);
    this.#key = ephemeralKey(options.random);
    this.#hello = this.#makeHello(noToken);
    this.#nextHelloMs = options.nowMs;
    this.#nowMs = options.nowMs;
    this.#giveUpMs = options.nowMs + options.settings.handshakeTimeoutMs;
  }

  get association(): Association | undefined {
    return this.#association;
  }

  get dueMs(): number {
    if (this.#association !== undefined) return this.#association.dueMs;
    if (this.#isGone) return Infinity;
    if (this.#open !== undefined) return -Infinity;
    return this.#isChecking ? this.#giveUpMs : Math.min(this.#nextHelloMs, this.#giveUpMs);
  }

  openStream(): Stream {
    if (this.#association === undefined) throw new Error('the association is not open yet');
    return this.#association.openStream();
  }

  /** Ends it, in order if all streams have ended. */
  close(): void {
    if (this.#association !== undefined) this.#association.close();
    else this.#gone(undefined);
  }

  /** The server's machine says that nobody listens at that port. Who sees the packets could say so, too. */
  onRefused(nowMs: number): void {
    if (this.#association !== undefined) this.#association.onRefused(nowMs);
    else if (++this.#refusals >= refusalsToBelieve) {
      this.#gone(connectionError('ECONNREFUSED', 'nobody listens there'));
    }
  }

  poll(nowMs: number): void {
    this.#nowMs = nowMs;
    this.#open?.(nowMs);
    if (this.#association !== undefined) this.#association.poll(nowMs);
    else if (!this.#isGone) this.#sayHello(nowMs);
  }

  receive(bytes: Uint8Array, host: string, port: number, nowMs: number): void {
    if (this.#isGone) return;
    this.#nowMs = nowMs;
    if (this.#association !== undefined) this.#association.receive(bytes, host, port, nowMs);
    else if (host === this.#options.host && port === this.#options.port && isHandshake(bytes)) {
      this.#answer(bytes, nowMs);
    }
  }

  #sayHello(nowMs: number): void {
    if (nowMs >= this.#giveUpMs) {
      this.#gone(connectionError('ETIMEDOUT', 'the server does not answer'));
      return;
    }
    if (nowMs < this.#nextHelloMs || this.#isChecking) return;
    const { host, port, settings, transmit, trace } = this.#options;
    this.#helloMs = nowMs;
    this.#nextHelloMs = nowMs + Math.min(longestRetryMs, settings.helloRetryMs * 2 ** this.#tries++);
    trace?.(nowMs, {
      kind: 'hello',
      bytes: this.#hello.length,
      attempt: this.#tries,
      hasCookie: this.#hasToken,
    });
    transmit(this.#hello.slice(), host, port);
  }

  #answer(bytes: Uint8Array, nowMs: number): void {
    if (bytes[0] === kinds.retry) {
      const retry = readRetry(bytes);
      if (retry === undefined || this.#hasToken || !isSame(retry.connectionId, this.#id)) return;
      this.#hasToken = true;
      this.#options.trace?.(nowMs, { kind: 'retry', bytes: bytes.length });
      this.#hello = this.#makeHello(retry.token);
      this.#tries = 0;
      this.#nextHelloMs = nowMs;
      this.#options.events.onWork();
    } else if (bytes[0] === kinds.version) {
      const connectionId = readVersions(bytes);
      if (connectionId !== undefined && isSame(connectionId, this.#id)) {
        this.#gone(connectionError('EPROTO', 'the server speaks another version of this transport'));
      }
    } else if (bytes[0] === kinds.accept) {
      const accept = readAccept(bytes);
      if (accept !== undefined && isSame(accept.clientId, this.#id)) this.#onAccept(accept, nowMs);
    }
  }

  /** Forged or damaged, it opens nothing and is dropped; the true one may still come. */
  #onAccept(accept: Accept, nowMs: number): void {
    if (this.#isChecking) return;
    const shared = sharedSecret(this.#key, accept.publicKey);
    if (shared === undefined) return;
    const transcript = transcriptOf(this.#hello, accept.open);
    const secrets = secretsFrom(shared, transcript);
    const opened = openOnce(secrets.accept, accept.open, accept.sealed);
    if (opened === undefined) return;
    const content = readAcceptContent(opened);
    const { serverKey, signature } = content;
    if (!isSignedBy(serverKey, signedBytes(serverKey, transcript), signature)) return;
    const firstRoundTripMs = this.#tries === 1 ? nowMs - this.#helloMs : undefined;
    const open = (atMs: number): void => this.#begin({ accept, content, secrets, firstRoundTripMs }, atMs);
    const refuse = (reason?: unknown): void => {
      const wrong = connectionError('EKEYREJECTED', 'the server has another key than the one that is known');
      this.#gone(reason instanceof Error ? reason : wrong);
    };
    const bytes = accept.open.length + accept.sealed.length;
    this.#options.trace?.(nowMs, { kind: 'accept', bytes, serverKey });
    const verdict = this.#options.isTrusted(serverKey);
    if (verdict === true) open(nowMs);
    else if (verdict === false) refuse();
    else {
      this.#isChecking = true;
      const decide = (isRight: boolean): void => {
        if (!isRight) refuse();
        else if (!this.#isGone) {
          this.#open = open;
          this.#options.events.onWork();
        }
      };
      verdict.then(decide, refuse);
    }
  }

  #begin({ accept, content, secrets, firstRoundTripMs }: Accepted, nowMs: number): void {
    this.#open = undefined;
    const { settings, events } = this.#options;
    this.#options.trace?.(nowMs, { kind: 'open', tookMs: firstRoundTripMs });
    this.exporter = secrets.exporter;
    this.#association = new Association({
      ...this.#options,
      isClient: true,
      shared: new SharedCredit(settings.sharedCredit),
      ownId: this.#id,
      peerId: accept.serverId,
      sealing: new SealingKeys(secrets.toServer),
      opening: new OpeningKeys(secrets.toClient),
      resetToken: content.resetToken,
      idleTimeoutMs: Math.min(settings.idleTimeoutMs, content.idleTimeoutMs),
      firstRoundTripMs,
      nowMs,
      events: {
        onStream: () => {},
        onGone: (error) => this.#gone(error),
        onWork: () => events.onWork(),
      },
    });
    events.onOpen();
    events.onWork();
  }

  #makeHello(token: Uint8Array): Uint8Array {
    const { idleTimeoutMs } = this.#options.settings;
    return writeHello({ connectionId: this.#id, token, publicKey: this.#key.publicKey, idleTimeoutMs });
  }

  #gone(error: Error | undefined): void {
    if (this.#isGone) return;
    this.#isGone = true;
    // An association tells its end itself.
    if (this.#association === undefined) this.#options.trace?.(this.#nowMs, { kind: 'gone', error });
    this.#options.events.onGone(error);
  }
}

function isSame(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}
