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
  hasFailed = false;
  fail(): void {
    this.hasFailed = true;
  }

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
      const hub = new Hub({
        logger: pino({ enabled: false }),
        onStorageFailure: assert.fail,
        turnMs: Infinity,
      });
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

test('what throws for one reader or poster is lost on that one alone', () => {
  const logged: string[] = [];
  const logger = pino({}, { write: (line: string) => logged.push(line) });
  const broken = (): never => {
    throw new Error('broken on purpose');
  };
  const placed: WireForm = {
    ...forms[1],
    writer: ({ position }) =>
      position === 2 ? broken() : () => ({ bytes: Buffer.from(`${position}`), position }),
    placeholder: ({ position }) => ({ bytes: Buffer.from(`placeholder ${position}`), position }),
  };
  const writing: WireForm = { ...forms[1], writer: () => broken };
  const viewing: WireForm = { ...forms[1], view: broken };
  const hub = new Hub({ logger, onStorageFailure: assert.fail, turnMs: Infinity });
  const devices = [forms[1], placed, writing, viewing, forms[1]].map((form) => new FakeDevice(form));
  const users = devices.map((device, at) => {
    const user = new FakeUser(hub, `reader-${at}`, { terms: ['apple'], devices: [] });
    user.devices = [device];
    return user;
  });
  const [whole, withPlaceholder, without, cut, last] = devices;
  assert.ok(whole && withPlaceholder && without && cut && last);
  last.outbox.flush = broken;
  const poster = new FakeDevice(forms[1]);
  const said: Message = { kind: 'text', text: 'apple' };
  hub.onCommit(
    [1, 2, 3].map((position): Appended => {
      const origin: Poster = { device: poster, onPosted: broken, onNotPosted: broken };
      return { entry: { position, timeMs: 0, sender: 'dave', message: said }, origin, isRepeat: false };
    }),
  );
  const told = ['1 B', '2 B', '3 B'];
  assert.deepEqual(whole.heard, told);
  assert.deepEqual(withPlaceholder.heard, ['1', 'placeholder 2', '3']);
  assert.deepEqual(without.heard, ['', '', ''], 'nothing in their place, and the connection stays');
  assert.deepEqual(cut.heard, []);
  assert.deepEqual(last.heard, told);
  const failed = [...users.map(({ devices: [device] }) => device), poster].map((device) => device?.hasFailed);
  assert.deepEqual(failed, [false, false, false, true, true, true]);
  assert.equal(hub.position, 3);
  assert.ok(logged.length < 10, 'each cause once, not each time');
  hub.onRefuse([{ device: poster, onPosted: broken, onNotPosted: broken }], 'full');
});

test('handing out takes turns, in order, and to those who followed when the turn of an entry began', async () => {
  const hub = new Hub({ logger: pino({ enabled: false }), onStorageFailure: assert.fail, turnMs: 0 });
  const alice = new FakeUser(hub, 'alice', { terms: ['apple'], devices: [false] });
  const bob = new FakeUser(hub, 'bob', { terms: ['pear'], devices: [false] });
  const [device] = alice.devices;
  const [late] = bob.devices;
  assert.ok(device && late);
  const posted = Promise.withResolvers<void>();
  const texts = ['apple', 'pear', 'apple', 'pear'];
  const origin: Poster = {
    device: new FakeDevice(forms[1]),
    onPosted: ({ position }) => {
      // Between two turns: what comes behind counts, and what was handed out does not.
      if (position === 1) bob.follows.follow('apple');
      if (position === texts.length) posted.resolve();
    },
    onNotPosted: assert.fail,
  };
  hub.onCommit(
    texts.map((text, at): Appended => {
      const entry = {
        position: at + 1,
        timeMs: 0,
        sender: 'carol',
        message: { kind: 'text' as const, text },
      };
      return { entry, origin, isRepeat: false };
    }),
  );
  assert.equal(hub.position, 1, 'the rest has to wait for its turn');
  await posted.promise;
  assert.deepEqual(device.heard, ['1 A', '3 A']);
  assert.deepEqual(late.heard, ['2 A', '3 A', '4 A']);
});

test('what is refused is told behind what was committed before it', async () => {
  const hub = new Hub({ logger: pino({ enabled: false }), onStorageFailure: assert.fail, turnMs: 0 });
  const told: string[] = [];
  const refused = Promise.withResolvers<void>();
  const origin: Poster = {
    device: new FakeDevice(forms[1]),
    onPosted: ({ position }) => told.push(`posted ${position}`),
    onNotPosted: (reason) => {
      told.push(reason);
      refused.resolve();
    },
  };
  hub.onCommit(
    [1, 2].map((position): Appended => {
      const said: Message = { kind: 'text', text: `apple ${position}` };
      return { entry: { position, timeMs: 0, sender: 'carol', message: said }, origin, isRepeat: false };
    }),
  );
  hub.onRefuse([origin], 'full');
  await refused.promise;
  assert.deepEqual(told, ['posted 1', 'posted 2', 'full']);
});

test('a long text gives others a turn after its words were found, and after each of its readers', async () => {
  const hub = new Hub({ logger: pino({ enabled: false }), onStorageFailure: assert.fail, turnMs: 0 });
  const devices = names
    .slice(1)
    .flatMap((name) => new FakeUser(hub, name, { terms: ['apple'], devices: [false] }).devices);
  const heard = (): number => devices.reduce((sum, device) => sum + device.heard.length, 0);
  let isPosted = false;
  const origin: Poster = {
    device: new FakeDevice(forms[1]),
    onPosted() {
      isPosted = true;
    },
    onNotPosted: assert.fail,
  };
  const said: Message = { kind: 'text', text: 'apple '.repeat(1_000) };
  const entry = { position: 1, timeMs: 0, sender: 'alice', message: said };
  hub.onCommit([{ entry, origin, isRepeat: false }]);
  assert.equal(heard(), 0);
  for (let before = 0; !isPosted; before = heard()) {
    await new Promise(setImmediate);
    assert.ok(heard() <= before + 1);
  }
  assert.equal(heard(), devices.length);
});

test('where everybody says something, what one said is written once for all others', () => {
  const hub = new Hub({ logger: pino({ enabled: false }), onStorageFailure: assert.fail, turnMs: Infinity });
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

test('what handing out an entry takes is known', () => {
  const hub = new Hub({ logger: pino({ enabled: false }), onStorageFailure: assert.fail, turnMs: Infinity });
  const alice = new FakeUser(hub, 'alice', { terms: ['*'], devices: [false] });
  const origin: Poster = { device: new FakeDevice(forms[1]), onPosted() {}, onNotPosted: assert.fail };
  const readerMs = 8;
  for (const device of alice.devices) {
    device.outbox.flush = () => {
      const endMs = performance.now() + readerMs;
      while (performance.now() < endMs);
    };
  }
  assert.equal(hub.entryMs, 0);
  const said: Message = { kind: 'text', text: 'apple' };
  hub.onCommit(
    [1, 2].map((position): Appended => {
      return { entry: { position, timeMs: 0, sender: 'carol', message: said }, origin, isRepeat: false };
    }),
  );
  // Half of what it has been of late is what it was before.
  assert.ok(hub.entryMs >= readerMs / 2 / 2, `${hub.entryMs} ms`);
});
