import type { Counting } from '../counts.ts';
import { HelloBudget } from '../handshake/hello-budget.ts';
import { HelloRates } from '../handshake/hello-rates.ts';
import {
  ephemeralKey,
  type Identity,
  secretsFrom,
  sharedSecret,
  signedBytes,
  transcriptOf,
} from '../handshake/key-exchange.ts';
import {
  type Hello,
  readHello,
  version,
  writeAcceptContent,
  writeAcceptOpen,
  writeRetry,
  writeVersions,
} from '../handshake/messages.ts';
import { RetryCookies } from '../handshake/retry-cookies.ts';
import { resetTokenFor } from '../handshake/stateless-reset.ts';
import type { Unfinished } from '../handshake/unfinished.ts';
import { ByteReader } from '../packets/byte-cursor.ts';
import { connectionIdBytes } from '../packets/packet-header.ts';
import { OpeningKeys, SealingKeys, sealOnce } from '../packets/packet-keys.ts';
import type { Random, Transmit, UdpSettings } from '../settings.ts';

export interface HandshakesOptions {
  readonly settings: UdpSettings;
  readonly random: Random;
  readonly transmit: Transmit;
  readonly identity: Identity;
  readonly nowMs: number;
  readonly resetSecret: Uint8Array;
  readonly counts: Counting;
  /** Whether `host` may have no more associations, or nobody may; `begun` handshakes would become associations, too. */
  readonly isFull: (host: string, begun: number) => boolean;
  /** Whether an association has the connection id that `key` stands for. */
  readonly isTaken: (key: number) => boolean;
}

/** With cookies, unfinished handshakes are of clients that are there; still they are not without bound. */
const provenFactor = 16;

/**
 * A server's half of handshakes. It answers HELLO once for each HELLO, and keeps what an association needs until the
 * client's first sealed packet. When many handshakes are unfinished, or one address says HELLO too often, it keeps
 * nothing: the client first has to send a cookie back.
 */
export class Handshakes {
  readonly #options: HandshakesOptions;
  readonly #cookies: RetryCookies;
  readonly #rates: HelloRates;
  readonly #budget: HelloBudget;
  readonly #unfinished = new Map<number, Unfinished>();
  /** By the HELLO that began it, in the order in which they end; finished ones too, as their HELLO may come again. */
  readonly #byHello = new Map<string, Unfinished>();

  constructor(options: HandshakesOptions) {
    const { random, settings, nowMs } = options;
    this.#options = options;
    this.#cookies = new RetryCookies(random, settings.cookieLifeMs, nowMs);
    this.#budget = new HelloBudget(settings, nowMs);
    const seed = new Uint8Array(4);
    random(seed);
    this.#rates = new HelloRates(new ByteReader(seed).u32());
  }

  /** Handshakes for which something is kept. */
  get unfinishedCount(): number {
    return this.#unfinished.size;
  }

  unfinished(key: number): Unfinished | undefined {
    return this.#unfinished.get(key);
  }

  /** Its client has shown that it has the keys. */
  finish(unfinished: Unfinished): void {
    unfinished.isFinished = true;
    this.#options.counts.handshakes++;
    this.#unfinished.delete(keyOf(unfinished.serverId, 0));
  }

  onHello(bytes: Uint8Array, host: string, port: number, nowMs: number): void {
    const { counts, settings } = this.#options;
    // One address alone must not spend what is for all.
    const fromThere = this.#rates.count(host, nowMs);
    if (fromThere > settings.hellosFromOne || !this.#budget.allows(bytes, nowMs)) {
      counts.tooMany++;
      return;
    }
    const hello = readHello(bytes);
    if (hello === undefined) {
      counts.malformed++;
      return;
    }
    counts.hellos++;
    if (hello.version !== version) {
      this.#options.transmit(writeVersions(hello.connectionId), host, port);
      return;
    }
    this.#forgetOld(nowMs);
    const name = `${host}|${port}|${Buffer.from(hello.connectionId).toString('hex')}`;
    const known = this.#byHello.get(name);
    if (known !== undefined) {
      // Its answer was lost; to a client that has shown that it got it, there is nothing to say.
      if (known.isFinished) return;
      known.answers++;
      this.#options.transmit(new Uint8Array(known.accept), host, port);
      return;
    }
    const { maxUnfinished } = settings;
    if (this.#options.isFull(host, this.#byHello.size)) return;
    const isTooFast = fromThere > settings.hellosPerSecond;
    if (this.#cookies.isGood(hello, host, port, nowMs)) {
      if (this.#unfinished.size >= provenFactor * maxUnfinished) return;
    } else if (isTooFast || this.#unfinished.size >= maxUnfinished) {
      counts.retries++;
      const cookie = this.#cookies.make(hello, host, port, nowMs);
      this.#options.transmit(writeRetry(hello.connectionId, cookie), host, port);
      return;
    }
    this.#accept(hello, bytes, name, host, port, nowMs);
  }

  #accept(hello: Hello, bytes: Uint8Array, name: string, host: string, port: number, nowMs: number): void {
    const { random, identity, settings, resetSecret, transmit } = this.#options;
    const key = ephemeralKey(random);
    const shared = sharedSecret(key, hello.publicKey);
    if (shared === undefined) return;
    const serverId = this.#freshId();
    const open = writeAcceptOpen(hello.connectionId, serverId, key.publicKey);
    const transcript = transcriptOf(bytes, open);
    const secrets = secretsFrom(shared, transcript);
    const content = writeAcceptContent({
      serverKey: identity.publicKey,
      signature: identity.sign(signedBytes(identity.publicKey, transcript)),
      resetToken: resetTokenFor(resetSecret, serverId),
      idleTimeoutMs: settings.idleTimeoutMs,
    });
    const unfinished: Unfinished = {
      accept: Buffer.concat([open, sealOnce(secrets.accept, open, content)]),
      serverId,
      clientId: hello.connectionId,
      sealing: new SealingKeys(secrets.toClient),
      opening: new OpeningKeys(secrets.toServer),
      idleTimeoutMs: Math.min(settings.idleTimeoutMs, hello.idleTimeoutMs),
      host,
      port,
      sinceMs: nowMs,
      answers: 1,
      isFinished: false,
    };
    this.#unfinished.set(keyOf(serverId, 0), unfinished);
    this.#byHello.set(name, unfinished);
    transmit(new Uint8Array(unfinished.accept), host, port);
  }

  #freshId(): Uint8Array {
    const id = new Uint8Array(connectionIdBytes);
    do this.#options.random(id);
    while (this.#options.isTaken(keyOf(id, 0)) || this.#unfinished.has(keyOf(id, 0)));
    return id;
  }

  #forgetOld(nowMs: number): void {
    for (const [name, unfinished] of this.#byHello) {
      if (unfinished.sinceMs + this.#options.settings.handshakeTimeoutMs > nowMs) return;
      this.#byHello.delete(name);
      this.#unfinished.delete(keyOf(unfinished.serverId, 0));
    }
  }
}

/** The first 52 bits of a connection id, as a number. */
export function keyOf(bytes: Uint8Array, at: number): number {
  const reader = new ByteReader(bytes);
  reader.at = at;
  return reader.u32() * 2 ** 20 + (reader.u32() >>> 12);
}
