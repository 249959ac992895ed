import { Association } from '../association.ts';
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
  isHandshake,
  kinds,
  readHello,
  version,
  writeAcceptContent,
  writeAcceptOpen,
  writeRetry,
  writeVersions,
} from '../handshake/messages.ts';
import { RetryCookies } from '../handshake/retry-cookies.ts';
import { resetTokenFor, writeReset } from '../handshake/stateless-reset.ts';
import type { Unfinished } from '../handshake/unfinished.ts';
import { ByteReader } from '../packets/byte-cursor.ts';
import { connectionIdBytes, isProtected } from '../packets/packet-header.ts';
import { OpeningKeys, SealingKeys, sealOnce } from '../packets/packet-keys.ts';
import type { Random, Transmit, UdpSettings } from '../settings.ts';
import { SharedCredit } from '../streams/credit.ts';
import type { Stream } from '../streams/stream.ts';
import { AddressCounts } from './address-counts.ts';
import { Deadlines } from './deadlines.ts';
import { EmptyWatch } from './empty-watch.ts';

/**
 * A server's end of all associations on one socket. It answers HELLO once for each HELLO, and makes an association only
 * when the client's first sealed packet shows that the client is where it says. When many handshakes are unfinished, or
 * one address says HELLO too often, it keeps nothing: the client first has to send a cookie back. No socket, no timer.
 */
export interface ServerOptions {
  readonly settings: UdpSettings;
  readonly random: Random;
  readonly transmit: Transmit;
  readonly identity: Identity;
  readonly nowMs: number;
  /** How many associations an address may have; by default as many as there may be in all. */
  readonly mostFrom?: (host: string) => number;
  readonly events: ServerEvents;
}

export interface ServerEvents {
  /** A client has opened a stream: attach handlers within the call. */
  onStream(stream: Stream): void;
  /** An association is gone. */
  onGone(): void;
  /** `poll` has something to do now. */
  onWork(): void;
}

/** With cookies, unfinished handshakes are of clients that are there; still they are not without bound. */
const provenFactor = 16;
const resetsPerSecond = 200;
const leastWaitMs = 0.01;

export class ServerEndpoint {
  readonly #options: ServerOptions;
  readonly #cookies: RetryCookies;
  readonly #rates: HelloRates;
  readonly #resetSecret: Uint8Array;
  readonly #shared: SharedCredit;
  readonly #associations = new Map<number, Association>();
  readonly #unfinished = new Map<number, Unfinished>();
  /** By the HELLO that began it, in the order in which they end; finished ones too, as their HELLO may come again. */
  readonly #byHello = new Map<string, Unfinished>();
  readonly #addresses: AddressCounts;
  readonly #empty: EmptyWatch;
  readonly #work = new Set<Association>();
  readonly #deadlines = new Deadlines<Association>();
  #resets = 0;
  #resetsSinceMs = 0;
  /** Whether new clients are let in. */
  isAccepting = true;

  constructor(options: ServerOptions) {
    const { settings, random, identity, nowMs } = options;
    this.#options = options;
    this.#cookies = new RetryCookies(random, settings.cookieLifeMs, nowMs);
    const seed = new Uint8Array(4);
    random(seed);
    this.#rates = new HelloRates(settings.hellosPerSecond, new ByteReader(seed).u32());
    this.#resetSecret = identity.secretFor('reset');
    this.#shared = new SharedCredit(settings.sharedCredit);
    this.#empty = new EmptyWatch(settings.emptyTimeoutMs);
    this.#addresses = new AddressCounts(options.mostFrom ?? (() => Infinity));
  }

  get associations(): Iterable<Association> {
    return this.#associations.values();
  }

  get associationCount(): number {
    return this.#associations.size;
  }

  /** Handshakes for which something is kept. */
  get unfinishedCount(): number {
    return this.#unfinished.size;
  }

  /** Ends all associations; streams that are not over break off. `poll` tells the clients. */
  closeAll(): void {
    for (const association of this.#associations.values()) association.close();
  }

  get dueMs(): number {
    return this.#work.size > 0 ? -Infinity : this.#deadlines.nextMs;
  }

  receive(bytes: Uint8Array, host: string, port: number, nowMs: number): void {
    if (isProtected(bytes)) {
      const key = keyOf(bytes, 1);
      const association = this.#associations.get(key) ?? this.#finish(key, bytes, nowMs);
      if (association === undefined) this.#reset(bytes, host, port, nowMs);
      else {
        association.receive(bytes, host, port, nowMs);
        this.#work.add(association);
      }
    } else if (isHandshake(bytes) && bytes[0] === kinds.hello) this.#onHello(bytes, host, port, nowMs);
  }

  poll(nowMs: number): void {
    const working = [...this.#work];
    this.#work.clear();
    for (const association of working) this.#pollOne(association, nowMs);
    for (let due = this.#deadlines.take(nowMs); due !== undefined; due = this.#deadlines.take(nowMs)) {
      this.#pollOne(due, nowMs);
    }
  }

  #pollOne(association: Association, nowMs: number): void {
    association.poll(nowMs);
    this.#work.delete(association);
    const emptyMs = this.#empty.look(association, nowMs);
    // A due time in the past would keep this call from ever ending.
    this.#deadlines.schedule(
      association,
      Math.max(Math.min(association.dueMs, emptyMs), nowMs + leastWaitMs),
    );
  }

  #onHello(bytes: Uint8Array, host: string, port: number, nowMs: number): void {
    const hello = readHello(bytes);
    if (hello === undefined || !this.isAccepting) return;
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
    const { maxUnfinished, maxAssociations } = this.#options.settings;
    if (this.#associations.size + this.#byHello.size >= maxAssociations || this.#addresses.isFull(host))
      return;
    const isTooFast = this.#rates.isTooFast(host, nowMs);
    if (this.#cookies.isGood(hello, host, port, nowMs)) {
      if (this.#unfinished.size >= provenFactor * maxUnfinished) return;
    } else if (isTooFast || this.#unfinished.size >= maxUnfinished) {
      const cookie = this.#cookies.make(hello, host, port, nowMs);
      this.#options.transmit(writeRetry(hello.connectionId, cookie), host, port);
      return;
    }
    this.#accept(hello, bytes, name, host, port, nowMs);
  }

  #accept(hello: Hello, bytes: Uint8Array, name: string, host: string, port: number, nowMs: number): void {
    const { random, identity, settings, transmit } = this.#options;
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
      resetToken: resetTokenFor(this.#resetSecret, serverId),
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

  /** Makes the association if the packet shows that the client has its keys. */
  #finish(key: number, bytes: Uint8Array, nowMs: number): Association | undefined {
    const unfinished = this.#unfinished.get(key);
    if (unfinished === undefined || this.#addresses.isFull(unfinished.host)) return undefined;
    const { events } = this.#options;
    let leave = (): void => {};
    const association: Association = new Association({
      ...this.#options,
      isClient: false,
      shared: this.#shared,
      ownId: unfinished.serverId,
      peerId: unfinished.clientId,
      sealing: unfinished.sealing,
      opening: unfinished.opening,
      idleTimeoutMs: unfinished.idleTimeoutMs,
      firstRoundTripMs: unfinished.answers === 1 ? nowMs - unfinished.sinceMs : undefined,
      host: unfinished.host,
      port: unfinished.port,
      nowMs,
      events: {
        onStream: (stream) => {
          if (this.isAccepting) events.onStream(stream);
          else stream.destroy();
        },
        onGone: () => {
          if (!this.#associations.delete(key)) return;
          this.#work.delete(association);
          this.#empty.forget(association);
          leave();
          events.onGone();
        },
        onWork: () => {
          this.#work.add(association);
          events.onWork();
        },
      },
    });
    if (!association.accepts(bytes)) return undefined;
    unfinished.isFinished = true;
    this.#unfinished.delete(key);
    this.#associations.set(key, association);
    leave = this.#addresses.enter(unfinished.host);
    return association;
  }

  #reset(bytes: Uint8Array, host: string, port: number, nowMs: number): void {
    if (nowMs - this.#resetsSinceMs >= 1000) {
      this.#resetsSinceMs = nowMs;
      this.#resets = 0;
    }
    // Also of an unfinished handshake: then it is a forged packet, and the client must not be cut off by it.
    if (this.#unfinished.has(keyOf(bytes, 1)) || ++this.#resets > resetsPerSecond) return;
    const connectionId = bytes.subarray(1, 1 + connectionIdBytes);
    const reset = writeReset(this.#resetSecret, connectionId, bytes.length, this.#options.random);
    if (reset !== undefined) this.#options.transmit(reset, host, port);
  }

  #freshId(): Uint8Array {
    const id = new Uint8Array(connectionIdBytes);
    do this.#options.random(id);
    while (this.#associations.has(keyOf(id, 0)) || this.#unfinished.has(keyOf(id, 0)));
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

function keyOf(bytes: Uint8Array, at: number): number {
  const reader = new ByteReader(bytes);
  reader.at = at;
  return reader.u32() * 2 ** 20 + (reader.u32() >>> 12);
}
