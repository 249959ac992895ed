import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import pino from 'pino';
import {
  type Described,
  encoders,
  FakeDevice,
  FakeUser,
  names,
  variantOf,
} from '../../../tests/support/hub-town.ts';
import type { Committed } from '../log/bus.ts';
import type { Message } from '../messages/entry.ts';
import { chat11Encoder } from '../wires/chat11/encoder.ts';
import type { Poster } from './fan-out.ts';
import { Hub } from './hub.ts';
import type { EventEncoder } from './user.ts';

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

test('a group reaches every device as its entries would one by one, with answers in between', () => {
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
          .map(({ sender, message, isRepeat }): Committed => {
            const user = users[sender];
            assert.ok(user !== undefined);
            if (!isRepeat) position++;
            const entry = { position: isRepeat ? 1 : position, timeMs: 0, sender: user.name, message };
            const [device = new FakeDevice(encoders[0])] = user.devices;
            let reached = 0;
            for (const reader of isRepeat ? [] : users) {
              if (!reader.holds(entry)) continue;
              if (reader !== user && reader.devices.length > 0) reached++;
              for (const one of reader.devices) {
                if (reader === user && (one === device || !one.encoder.hearsOwn)) continue;
                tell(one, `${position} ${variantOf(reader.name, user.name)}`);
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
            return { entry, ticket: hub.pending.add(origin), isRepeat };
          });
        hub.onCommit(appended);
        for (const { devices } of users) for (const { unflushed } of devices) assert.equal(unflushed, 0);
        assert.equal(hub.position, position);
      }
      for (const [device, heard] of expected) assert.deepEqual(device.heard, heard);
    }),
  );
});

test('an error of one reader or poster affects that one alone', () => {
  const logged: string[] = [];
  const logger = pino({}, { write: (line: string) => logged.push(line) });
  const broken = (): never => {
    throw new Error('broken on purpose');
  };
  const placed: EventEncoder = {
    ...encoders[1],
    encode: ({ position }) =>
      position === 2 ? broken() : () => ({ bytes: Buffer.from(`${position}`), position }),
    placeholder: ({ position }) => ({ bytes: Buffer.from(`placeholder ${position}`), position }),
  };
  const writing: EventEncoder = { ...encoders[1], encode: () => broken };
  const choosing: EventEncoder = { ...encoders[1], variant: broken };
  const hub = new Hub({ logger, onStorageFailure: assert.fail, turnMs: Infinity });
  const devices = [encoders[1], placed, writing, choosing, encoders[1]].map(
    (encoder) => new FakeDevice(encoder),
  );
  const users = devices.map((device, at) => {
    const user = new FakeUser(hub, `reader-${at}`, { terms: ['apple'], devices: [] });
    user.devices = [device];
    return user;
  });
  const [whole, withPlaceholder, without, cut, last] = devices;
  assert.ok(whole && withPlaceholder && without && cut && last);
  last.outbox.flush = broken;
  const poster = new FakeDevice(encoders[1]);
  const said: Message = { kind: 'text', text: 'apple' };
  hub.onCommit(
    [1, 2, 3].map((position): Committed => {
      const origin: Poster = { device: poster, onPosted: broken, onNotPosted: broken };
      return {
        entry: { position, timeMs: 0, sender: 'dave', message: said },
        ticket: hub.pending.add(origin),
        isRepeat: false,
      };
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
  hub.onRefuse([hub.pending.add({ device: poster, onPosted: broken, onNotPosted: broken })], 'full');
});

test('when everybody sends something, each message is encoded once for all others', () => {
  const hub = new Hub({ logger: pino({ enabled: false }), onStorageFailure: assert.fail, turnMs: Infinity });
  const written: string[] = [];
  const counting: EventEncoder = {
    hearsOwn: false,
    variant: () => [],
    encode:
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
    names.map((sender, at): Committed => {
      const [device = assert.fail()] = [devices[at]];
      const origin: Poster = { device, onPosted() {}, onNotPosted() {} };
      const said: Message = { kind: 'text', text: 'apple' };
      return {
        entry: { position: at + 1, timeMs: 0, sender, message: said },
        ticket: hub.pending.add(origin),
        isRepeat: false,
      };
    }),
  );
  assert.deepEqual(written.sort(), ['1', '2', '3', '4']);
  assert.deepEqual(
    devices.map(({ heard }) => heard.join('')),
    ['234', '134', '124', '123'],
  );
});

test('whoever leaves twice does not take the name of the next one who has it', () => {
  const hub = new Hub({ logger: pino({ enabled: false }), onStorageFailure: assert.fail, turnMs: Infinity });
  const first = new FakeUser(hub, 'alice', { terms: [], devices: [] });
  hub.leave(first);
  const next = new FakeUser(hub, 'alice', { terms: [], devices: [] });
  hub.leave(first);
  assert.throws(() => new FakeUser(hub, 'alice', { terms: [], devices: [] }), /alice is here already/);
  hub.leave(next);
  new FakeUser(hub, 'alice', { terms: [], devices: [] });
});

test('readers of the same terms get the same bytes, not equal ones', () => {
  const hub = new Hub({ logger: pino({ enabled: false }), onStorageFailure: assert.fail, turnMs: Infinity });
  const terms = {
    one: ['apple'],
    another: ['kiwi', 'apple'],
    both: ['apple', 'pear'],
    bothToo: ['pear', 'kiwi', 'apple'],
    three: ['fig', 'apple', 'pear'],
    threeToo: ['apple', 'kiwi', 'fig', 'pear'],
    spelled: ['APPLE'],
    spelledToo: ['APPLE', 'kiwi'],
  };
  const devices = Object.entries(terms).map(([name, list]) => {
    const device = new FakeDevice(chat11Encoder);
    new FakeUser(hub, name, { terms: list, devices: [] }).devices = [device];
    return device;
  });
  const entry = {
    position: 1,
    timeMs: 0,
    sender: 'eve',
    message: { kind: 'text', text: 'apple pear fig' } as const,
  };
  hub.onCommit([{ entry, ticket: undefined, isRepeat: false }]);
  const found = devices.map(({ frames: [only] }) => only ?? assert.fail());
  for (let at = 0; at < found.length; at += 2) assert.equal(found[at], found[at + 1]);
  assert.equal(new Set(found).size, found.length / 2);
});

test('an entry that another process appended is delivered to all devices, and answered to nobody', () => {
  const hub = new Hub({ logger: pino({ enabled: false }), onStorageFailure: assert.fail, turnMs: Infinity });
  const alice = new FakeUser(hub, 'alice', { terms: [], devices: [true, false] });
  const bob = new FakeUser(hub, 'bob', { terms: ['apple'], devices: [true] });
  const said: Message = { kind: 'text', text: 'apple' };
  const entry = { position: 7, timeMs: 0, sender: 'alice', message: said };
  hub.onCommit([{ entry, ticket: undefined, isRepeat: false }]);
  hub.onCommit([{ entry: { ...entry, position: 8 }, ticket: 1_000_000, isRepeat: false }]);
  assert.deepEqual(
    [...bob.devices, ...alice.devices].map(({ heard }) => heard),
    [['7 A', '8 A'], ['7 own', '8 own'], []],
  );
  assert.equal(hub.position, 8);
});
