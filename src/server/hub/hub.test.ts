import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import pino from 'pino';
import type { Follows } from '../follow/follows.ts';
import type { Entry, Message } from '../log/entry.ts';
import { all, allKeysIn, nameKey, privateFrom, privateTo } from '../log/keys.ts';
import type { Appended } from '../log/log.ts';
import type { FrameRun } from '../outbox/frame-run.ts';
import { Hub, type Poster } from './hub.ts';
import type { Device, User, WireForm } from './user.ts';

const names = ['alice', 'bob', 'carol', 'dave'] as const;

/** Two kinds of readers see the others' entries differently. */
const viewOf = (reader: string, sender: string): string =>
  reader === sender ? 'own' : reader < 'c' ? 'A' : 'B';

const form = (hearsOwn: boolean): WireForm => ({
  hearsOwn,
  view: (reader, { sender }) => viewOf(reader.name, sender),
  writer:
    ({ position }) =>
    (view) => ({ bytes: Buffer.from(`${position} ${view}`), position }),
});
const forms = [form(true), form(false)] as const;

class FakeUser implements User {
  readonly name: string;
  devices: readonly FakeDevice[];
  readonly follows: Follows<User>;

  constructor(hub: Hub, name: string, { terms, devices }: Described) {
    this.name = name;
    this.devices = devices.map((hearsOwn) => new FakeDevice(forms[hearsOwn ? 0 : 1]));
    this.follows = hub.join(this, { mostTerms: 100 });
    this.follows.begin(terms);
  }

  holds(entry: Entry): boolean {
    const own = [nameKey(this.name), all, privateTo(this.name), privateFrom(this.name)];
    const held = new Set([...this.follows.terms, ...own]);
    return allKeysIn(entry).some((key) => held.has(key));
  }
}

/** Writes down what it is given and told, in order. */
class FakeDevice implements Device {
  readonly form: WireForm;
  readonly heard: string[] = [];
  /** How much was delivered since the last flush. */
  unflushed = 0;
  readonly outbox = {
    deliver: ({ frames }: FrameRun): void => {
      this.heard.push(...frames.map(({ bytes }) => String(Buffer.from(bytes))));
      this.unflushed += frames.length;
    },
    flush: (): void => {
      this.unflushed = 0;
    },
  };

  constructor(form: WireForm) {
    this.form = form;
  }
}

interface Described {
  readonly terms: readonly string[];
  /** Whether each hears what its user says elsewhere. */
  readonly devices: readonly boolean[];
}

const word = fc.constantFrom('apple', 'pear', 'an apple and a pear', 'fig @dave');
const message: fc.Arbitrary<Message> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('text' as const), text: word }) },
  fc.record({ kind: fc.constant('broadcast' as const), text: word }),
  fc.record({ kind: fc.constant('private' as const), to: fc.constantFrom(...names), text: word }),
);
const described: fc.Arbitrary<Described> = fc.record({
  terms: fc.subarray(['apple', 'pear', '*', '@alice', '@bob']),
  devices: fc.array(fc.boolean(), { maxLength: 2 }),
});
const post = fc.record({
  sender: fc.nat(names.length - 1),
  message,
  isRepeat: fc.boolean(),
  // Most of a group goes the same way, as in a chat about one thing.
  times: fc.integer({ min: 1, max: 3 }),
});

test('a group gives every device what its entries would give one by one, answers in between', () => {
  const town = fc.tuple(described, described, described, described);
  const group = fc.array(post, { minLength: 1, maxLength: 6 });
  fc.assert(
    fc.property(town, fc.array(group, { maxLength: 4 }), (people, groups) => {
      const hub = new Hub({ logger: pino({ enabled: false }), onStorageFailure: assert.fail });
      const users = people.map((one, at) => new FakeUser(hub, names[at] ?? '', one));
      const expected = new Map<FakeDevice, string[]>();
      const tell = (device: FakeDevice, what: string): void => {
        expected.set(device, [...(expected.get(device) ?? []), what]);
      };
      let position = 0;
      for (const posts of groups) {
        const appended = posts
          .flatMap(({ times, ...one }) => Array.from({ length: times }, () => one))
          .map(({ sender, message, isRepeat }): Appended => {
            const user = users[sender];
            assert.ok(user !== undefined);
            if (!isRepeat) position++;
            const entry = { position: isRepeat ? 1 : position, timeMs: 0, sender: user.name, message };
            const [device = new FakeDevice(forms[0])] = user.devices;
            let reached = 0;
            for (const reader of isRepeat ? [] : users) {
              if (!reader.holds(entry)) continue;
              if (reader !== user && reader.devices.length > 0) reached++;
              for (const one of reader.devices) {
                if (reader === user && (one === device || !one.form.hearsOwn)) continue;
                tell(one, `${position} ${viewOf(reader.name, user.name)}`);
              }
            }
            tell(device, `posted ${entry.position} to ${reached}`);
            const origin: Poster = {
              device,
              onPosted: (posted, reachedNow) => {
                device.heard.push(`posted ${posted.position} to ${reachedNow}`);
              },
              onNotPosted: (reason) => assert.fail(reason),
            };
            return { entry, origin, isRepeat };
          });
        hub.onCommit(appended);
        for (const { devices } of users) for (const { unflushed } of devices) assert.equal(unflushed, 0);
        assert.equal(hub.position, position);
      }
      for (const [device, heard] of expected) assert.deepEqual(device.heard, heard);
    }),
  );
});

test('where everybody says something, what one said is written once for all others', () => {
  const hub = new Hub({ logger: pino({ enabled: false }), onStorageFailure: assert.fail });
  const written: string[] = [];
  const counting: WireForm = {
    hearsOwn: false,
    view: () => '',
    writer:
      ({ position }) =>
      () => {
        written.push(String(position));
        return { bytes: Buffer.from(`${position}`), position };
      },
  };
  const users = names.map((name) => new FakeUser(hub, name, { terms: ['apple'], devices: [] }));
  const devices = users.map((user) => {
    const device = new FakeDevice(counting);
    user.devices = [device];
    return device;
  });
  hub.onCommit(
    names.map((sender, at): Appended => {
      const origin = { device: devices[at], onPosted() {}, onNotPosted() {} };
      const said: Message = { kind: 'text', text: 'apple' };
      return { entry: { position: at + 1, timeMs: 0, sender, message: said }, origin, isRepeat: false };
    }),
  );
  assert.deepEqual(written.sort(), ['1', '2', '3', '4']);
  assert.deepEqual(
    devices.map(({ heard }) => heard.join('')),
    ['234', '134', '124', '123'],
  );
});
