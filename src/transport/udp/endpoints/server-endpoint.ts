import { Association } from '../association.ts';
import { type Counting, noCounts, sumOfCounts, type UdpCounts } from '../counts.ts';
import type { Identity } from '../handshake/key-exchange.ts';
import { isHandshake, kinds } from '../handshake/messages.ts';
import { writeReset } from '../handshake/stateless-reset.ts';
import { connectionIdBytes, isProtected } from '../packets/packet-header.ts';
import type { Random, Transmit, UdpSettings } from '../settings.ts';
import { SharedCredit } from '../streams/credit.ts';
import type { Stream } from '../streams/stream.ts';
import { AddressCounts } from './address-counts.ts';
import { Deadlines } from './deadlines.ts';
import { EmptyWatch } from './empty-watch.ts';
import { Handshakes, keyOf } from './handshakes.ts';

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

const resetsPerSecond = 200;
const leastWaitMs = 0.01;

/**
 * A server's end of all associations on one socket. It makes an association only when the client's first sealed packet
 * shows that the client is where it says. No socket, no timer.
 */
export class ServerEndpoint {
  readonly #options: ServerOptions;
  readonly #handshakes: Handshakes;
  readonly #resetSecret: Uint8Array;
  readonly #shared: SharedCredit;
  readonly #associations = new Map<number, Association>();
  readonly #addresses: AddressCounts;
  readonly #empty: EmptyWatch;
  readonly #work = new Set<Association>();
  readonly #deadlines = new Deadlines<Association>();
  /** What belongs to no association, and what those that are gone have counted. */
  readonly #counts: Counting = { ...noCounts };
  #resets = 0;
  #resetsSinceMs = 0;
  /** Whether new clients are let in. */
  isAccepting = true;

  constructor(options: ServerOptions) {
    const { settings, identity } = options;
    this.#options = options;
    this.#resetSecret = identity.secretFor('reset');
    this.#shared = new SharedCredit(settings.sharedCredit);
    this.#empty = new EmptyWatch(settings.emptyTimeoutMs);
    this.#addresses = new AddressCounts(options.mostFrom ?? (() => Infinity));
    this.#handshakes = new Handshakes({
      ...options,
      resetSecret: this.#resetSecret,
      counts: this.#counts,
      isFull: (host, begun) =>
        this.#associations.size + begun >= settings.maxAssociations || this.#addresses.isFull(host),
      isTaken: (key) => this.#associations.has(key),
    });
  }

  get associations(): Iterable<Association> {
    return this.#associations.values();
  }

  get associationCount(): number {
    return this.#associations.size;
  }

  get counts(): UdpCounts {
    const open = [...this.#associations.values()].map(countsOf);
    return sumOfCounts([this.#counts, { associations: open.length }, ...open]);
  }

  /** Handshakes for which something is kept. */
  get unfinishedCount(): number {
    return this.#handshakes.unfinishedCount;
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
      if (association === undefined) {
        this.#counts.unknown++;
        this.#reset(bytes, host, port, nowMs);
      } else {
        association.receive(bytes, host, port, nowMs);
        this.#work.add(association);
      }
    } else if (!isHandshake(bytes) || bytes[0] !== kinds.hello) this.#counts.malformed++;
    else if (this.isAccepting) this.#handshakes.onHello(bytes, host, port, nowMs);
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

  /** Makes the association if the packet shows that the client has its keys. */
  #finish(key: number, bytes: Uint8Array, nowMs: number): Association | undefined {
    const unfinished = this.#handshakes.unfinished(key);
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
          Object.assign(this.#counts, sumOfCounts([this.#counts, countsOf(association)]));
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
    this.#handshakes.finish(unfinished);
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
    if (this.#handshakes.unfinished(keyOf(bytes, 1)) !== undefined || ++this.#resets > resetsPerSecond)
      return;
    const connectionId = bytes.subarray(1, 1 + connectionIdBytes);
    const reset = writeReset(this.#resetSecret, connectionId, bytes.length, this.#options.random);
    if (reset === undefined) return;
    this.#counts.resets++;
    this.#options.transmit(reset, host, port);
  }
}

function countsOf({ statistics }: Association): Partial<UdpCounts> {
  return {
    sentPackets: statistics.sentPackets,
    receivedPackets: statistics.receivedPackets,
    lostPackets: statistics.lostPackets + statistics.latePackets,
    bytesSentAgain: statistics.bytesSentAgain,
    unsealed: statistics.unsealedPackets,
    repeated: statistics.repeatedPackets,
  };
}
