import type { Follows } from '../../src/server/follow/follows.ts';
import type { Hub } from '../../src/server/hub/hub.ts';
import type { Device, EventEncoder, User } from '../../src/server/hub/user.ts';
import type { Entry } from '../../src/server/messages/entry.ts';
import { all, allKeysIn, nameKey, privateFrom, privateTo } from '../../src/server/messages/keys.ts';
import type { FrameBatch } from '../../src/server/outbox/frame.ts';

/** A hub's users and devices, which write down what they are given. */

export const names = ['alice', 'bob', 'carol', 'dave'] as const;

/** Two kinds of readers see the others' entries differently. */
export const variantOf = (reader: string, sender: string): string =>
  reader === sender ? 'own' : reader < 'c' ? 'A' : 'B';

const encoder = (hearsOwn: boolean): EventEncoder => ({
  hearsOwn,
  variant: (reader, { sender }) => [variantOf(reader.name, sender)],
  encode:
    ({ position }) =>
    (variant) => ({ bytes: Buffer.from(`${position} ${variant}`), position }),
});
export const encoders = [encoder(true), encoder(false)] as const;

export class FakeUser implements User {
  readonly name: string;
  devices: readonly FakeDevice[];
  readonly follows: Follows<User>;

  constructor(hub: Hub, name: string, { terms, devices }: Described) {
    this.name = name;
    this.devices = devices.map((hearsOwn) => new FakeDevice(encoders[hearsOwn ? 0 : 1]));
    this.follows = hub.join(this, { maxTerms: 100, maxPhrases: 100 });
    this.follows.begin(terms);
  }

  holds(entry: Entry): boolean {
    const own = [nameKey(this.name), all, privateTo(this.name), privateFrom(this.name)];
    const held = new Set([...this.follows.terms, ...own]);
    return allKeysIn(entry).some((key) => held.has(key));
  }
}

/** Writes down what it is given and told, in order. */
export class FakeDevice implements Device {
  readonly encoder: EventEncoder;
  readonly heard: string[] = [];
  /** The same as bytes. */
  readonly frames: Uint8Array[] = [];
  /** How much was delivered since the last flush. */
  unflushed = 0;
  readonly outbox = {
    deliver: ({ frames }: FrameBatch): void => {
      for (const { bytes } of frames) {
        this.frames.push(bytes);
        this.heard.push(String(Buffer.from(bytes)));
      }
      this.unflushed += frames.length;
    },
    flush: (): void => {
      this.unflushed = 0;
    },
  };
  hasFailed = false;
  fail(): void {
    this.hasFailed = true;
  }

  constructor(encoder: EventEncoder) {
    this.encoder = encoder;
  }
}

export interface Described {
  readonly terms: readonly string[];
  /** Whether each hears what its user says elsewhere. */
  readonly devices: readonly boolean[];
}
