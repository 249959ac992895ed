import { timingSafeEqual } from 'node:crypto';
import { challengeBytes } from './packets/frames.ts';
import type { Random, UdpSettings } from './settings.ts';

/**
 * Where the peer is. A client that moves to another network, or whose router forgets it, comes from another address: the
 * server follows the newest packet, but sends there no more than a multiple of what came from there until the peer has
 * answered a challenge, so that a forged address cannot be flooded. Without an answer it goes back to where it was.
 *
 * ```
 *   proven ── newest packet from elsewhere ──► unproven ── RESPONSE ──► proven there
 *      ▲                                          │
 *      └──────────── no challenge was answered ───┘
 * ```
 */
const challenges = 8;
const longestWaitMs = 1000;
/** What a challenge takes at most: other packets leave room for one or two. */
const reservedBytes = 80;

interface Address {
  readonly host: string;
  readonly port: number;
}

export class Path {
  readonly #settings: UdpSettings;
  readonly #random: Random;
  #current: Address;
  #proven: Address;
  #received = 0;
  #sent = 0;
  #challenge: Uint8Array | undefined;
  #challengesLeft = 0;
  /** When the next challenge must leave; Infinity when none must. */
  dueMs = Infinity;

  constructor(settings: UdpSettings, random: Random, host: string, port: number) {
    this.#settings = settings;
    this.#random = random;
    this.#current = { host, port };
    this.#proven = this.#current;
  }

  get host(): string {
    return this.#current.host;
  }

  get port(): number {
    return this.#current.port;
  }

  get isProven(): boolean {
    return this.#challenge === undefined;
  }

  /** What the peer must send back from where it is now; undefined when it has. */
  get challenge(): Uint8Array | undefined {
    return this.#challenge;
  }

  isCurrent(host: string, port: number): boolean {
    return port === this.#current.port && host === this.#current.host;
  }

  /** Whether `bytes` may be sent, of a challenge or of anything else. */
  allows(bytes: number, isChallenge = false): boolean {
    if (this.isProven) return true;
    const sent = this.#sent + bytes + (isChallenge ? 0 : reservedBytes);
    return sent <= this.#settings.amplification * this.#received;
  }

  onSent(bytes: number): void {
    if (!this.isProven) this.#sent += bytes;
  }

  onReceived(bytes: number): void {
    if (!this.isProven) this.#received += bytes;
  }

  /** The newest packet of the peer came from another address. Returns whether the host is another one, too. */
  moveTo(host: string, port: number, nowMs: number): boolean {
    const isElsewhere = host !== this.#current.host;
    this.#current = { host, port };
    if (host === this.#proven.host && port === this.#proven.port) this.#settle(this.#proven);
    else {
      this.#challenge = new Uint8Array(challengeBytes);
      this.#random(this.#challenge);
      this.#challengesLeft = challenges;
      this.#received = 0;
      this.#sent = 0;
      this.dueMs = nowMs;
    }
    return isElsewhere;
  }

  /** The challenge to send now; undefined when it is not due, or the path was given up for the one before it. */
  takeChallenge(nowMs: number, againMs: number): Uint8Array | undefined {
    if (this.#challenge === undefined || nowMs < this.dueMs) return undefined;
    if (this.#challengesLeft === 0) {
      this.#settle(this.#proven);
      return undefined;
    }
    this.dueMs = nowMs + Math.min(longestWaitMs, againMs * 2 ** (challenges - this.#challengesLeft--));
    return this.#challenge;
  }

  onResponse(value: Uint8Array): void {
    if (this.#challenge !== undefined && timingSafeEqual(value, this.#challenge)) this.#settle(this.#current);
  }

  #settle(address: Address): void {
    this.#current = address;
    this.#proven = address;
    this.#challenge = undefined;
    this.dueMs = Infinity;
  }
}
