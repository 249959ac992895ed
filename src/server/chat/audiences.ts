import type { Clock } from '../../scheduling/clock.ts';
import { RateLimit } from '../../scheduling/rate-limit.ts';
import type { Device } from '../connection/device.ts';
import type { Audience } from '../follow/audience.ts';
import { keysIn } from '../messages/keys.ts';
import type { Registry } from '../users/registry.ts';
import { mayMention, meantNames } from './mentions.ts';

/** Enough for somebody who types, and too few for somebody who tries the words of a dictionary. */
const perSecond = 1;
const burst = 10;
const maxRemembered = 10_000;

/** What counts the holders of keys. */
export interface HolderCounts {
  audience(keys: readonly string[], text: string, sender: string): Audience;
}

/** Says who would get a text, before it is sent: see docs/protocol.md, rule 50. */
export class Audiences {
  readonly #counts: HolderCounts;
  readonly #registry: Registry;
  readonly #clock: Clock;
  /** By name. */
  readonly #rates = new Map<string, RateLimit>();

  constructor(counts: HolderCounts, registry: Registry, clock: Clock) {
    this.#counts = counts;
    this.#registry = registry;
    this.#clock = clock;
  }

  /** Resolves with the audience of `text`, or with the seconds to wait. */
  async of({ name }: Pick<Device, 'name'>, text: string): Promise<Audience | { readonly waitS: number }> {
    const rate = this.#rateOf(name);
    const waitMs = rate.delayMs();
    if (waitMs > 0) return { waitS: waitMs / 1_000 };
    rate.spend();
    const meant = mayMention(text) ? await meantNames(text, this.#registry) : [];
    const message = { kind: 'text', text, ...(meant.length > 0 && { meant }) } as const;
    return this.#counts.audience(keysIn(name, message), text, name);
  }

  #rateOf(name: string): RateLimit {
    const known = this.#rates.get(name);
    if (known !== undefined) return known;
    if (this.#rates.size >= maxRemembered) this.#forgetFull();
    const rate = new RateLimit(this.#clock, perSecond, burst);
    this.#rates.set(name, rate);
    return rate;
  }

  #forgetFull(): void {
    for (const [name, rate] of this.#rates) if (rate.isFull) this.#rates.delete(name);
    for (const name of this.#rates.keys()) {
      if (this.#rates.size < maxRemembered) return;
      this.#rates.delete(name);
    }
  }
}
