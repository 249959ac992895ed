import assert from 'node:assert/strict';
import { test } from 'node:test';
import pino from 'pino';
import { FakeClock } from '../../../tests/support/fake-clock.ts';
import { encoders, FakeDevice, FakeUser, names } from '../../../tests/support/hub-town.ts';
import type { Committed } from '../log/bus.ts';
import type { Message } from '../messages/entry.ts';
import type { Poster } from './fan-out.ts';
import { Hub } from './hub.ts';

test('fan-out takes turns, in order, and reaches those who followed when the turn of an entry began', async () => {
  const hub = new Hub({ logger: pino({ enabled: false }), onStorageFailure: assert.fail, turnMs: 0 });
  const alice = new FakeUser(hub, 'alice', { terms: ['apple'], devices: [false] });
  const bob = new FakeUser(hub, 'bob', { terms: ['pear'], devices: [false] });
  const [device] = alice.devices;
  const [late] = bob.devices;
  assert.ok(device && late);
  const posted = Promise.withResolvers<void>();
  const texts = ['apple', 'pear', 'apple', 'pear'];
  const origin: Poster = {
    device: new FakeDevice(encoders[1]),
    onPosted: ({ position }) => {
      // Between two turns: the follow counts for later entries, and not for delivered ones.
      if (position === 1) bob.follows.follow('apple');
      if (position === texts.length) posted.resolve();
    },
    onNotPosted: assert.fail,
  };
  hub.onCommit(
    texts.map((text, at): Committed => {
      const entry = {
        position: at + 1,
        timeMs: 0,
        sender: 'carol',
        message: { kind: 'text' as const, text },
      };
      return { entry, ticket: hub.pending.add(origin), isRepeat: false };
    }),
  );
  assert.equal(hub.position, 1, 'the rest has to wait for its turn');
  await posted.promise;
  assert.deepEqual(device.heard, ['1 A', '3 A']);
  assert.deepEqual(late.heard, ['2 A', '3 A', '4 A']);
});

test('refusals are reported after earlier commits', async () => {
  const hub = new Hub({ logger: pino({ enabled: false }), onStorageFailure: assert.fail, turnMs: 0 });
  const told: string[] = [];
  const refused = Promise.withResolvers<void>();
  const origin: Poster = {
    device: new FakeDevice(encoders[1]),
    onPosted: ({ position }) => told.push(`posted ${position}`),
    onNotPosted: (reason) => {
      told.push(reason);
      refused.resolve();
    },
  };
  hub.onCommit(
    [1, 2].map((position): Committed => {
      const said: Message = { kind: 'text', text: `apple ${position}` };
      return {
        entry: { position, timeMs: 0, sender: 'carol', message: said },
        ticket: hub.pending.add(origin),
        isRepeat: false,
      };
    }),
  );
  hub.onRefuse([hub.pending.add(origin)], 'full');
  await refused.promise;
  assert.deepEqual(told, ['posted 1', 'posted 2', 'full']);
});

test('fan-out of a long text yields after its words were found, and after each of its readers', async () => {
  const hub = new Hub({ logger: pino({ enabled: false }), onStorageFailure: assert.fail, turnMs: 0 });
  const devices = names
    .slice(1)
    .flatMap((name) => new FakeUser(hub, name, { terms: ['apple'], devices: [false] }).devices);
  const heard = (): number => devices.reduce((sum, device) => sum + device.heard.length, 0);
  let isPosted = false;
  const origin: Poster = {
    device: new FakeDevice(encoders[1]),
    onPosted() {
      isPosted = true;
      for (const { unflushed } of devices) assert.equal(unflushed, 0, 'it is written by then');
    },
    onNotPosted: assert.fail,
  };
  const said: Message = { kind: 'text', text: 'apple '.repeat(1_000) };
  const entry = { position: 1, timeMs: 0, sender: 'alice', message: said };
  hub.onCommit([{ entry, ticket: hub.pending.add(origin), isRepeat: false }]);
  assert.equal(heard(), 0);
  for (let before = 0; !isPosted; before = heard()) {
    await new Promise(setImmediate);
    assert.ok(heard() <= before + 1);
  }
  assert.equal(heard(), devices.length);
});

test('fan-out to many who all send something takes turns', async () => {
  const hub = new Hub({ logger: pino({ enabled: false }), onStorageFailure: assert.fail, turnMs: 0 });
  const users = Array.from(
    { length: 100 },
    (_, at) => new FakeUser(hub, `user${at}`, { terms: ['apple'], devices: [false] }),
  );
  const devices = users.flatMap((user) => user.devices);
  let posted = 0;
  hub.onCommit(
    users.map(({ name, devices: [device = assert.fail()] }, at): Committed => {
      const said: Message = { kind: 'text', text: 'apple' };
      const origin: Poster = { device, onPosted: () => void posted++, onNotPosted: assert.fail };
      return {
        entry: { position: at + 1, timeMs: 0, sender: name, message: said },
        ticket: hub.pending.add(origin),
        isRepeat: false,
      };
    }),
  );
  const heard = (): number => devices.reduce((sum, device) => sum + device.heard.length, 0);
  for (let before = 0; ; before = heard()) {
    assert.ok(heard() - before < 2 * users.length, `${heard() - before} deliveries in one turn`);
    if (posted === users.length) break;
    await new Promise(setImmediate);
  }
  assert.equal(heard(), users.length * (users.length - 1));
});

test('the hub measures on its clock how long giving an entry to its readers takes, without the flush', async () => {
  const clock = new FakeClock();
  const hub = new Hub({
    logger: pino({ enabled: false }),
    onStorageFailure: assert.fail,
    clock,
    turnMs: Infinity,
  });
  const alice = new FakeUser(hub, 'alice', { terms: ['*'], devices: [false] });
  const [readerMs, flushMs] = [8, 1_000];
  let flushes = 0;
  for (const device of alice.devices) {
    device.outbox.deliver = () => clock.advance(readerMs);
    device.outbox.flush = () => {
      flushes++;
      clock.advance(flushMs);
    };
  }
  const commit = (text: string, ...positions: number[]): void => {
    const origin: Poster = { device: new FakeDevice(encoders[1]), onPosted() {}, onNotPosted: assert.fail };
    const message: Message = { kind: 'text', text };
    hub.onCommit(
      positions.map((position): Committed => {
        const entry = { position, timeMs: 0, sender: 'carol', message };
        return { entry, ticket: hub.pending.add(origin), isRepeat: false };
      }),
    );
  };
  assert.equal(hub.entryMs, 0);
  commit('apple', 1, 2);
  // Two entries are one batch and share one flush, and the average began at 0.
  assert.equal(hub.entryMs, readerMs / 2 / 2);
  assert.equal(flushes, 1);
  assert.equal(hub.longTextMs, 0);
  commit('apple '.repeat(1_000), 3);
  while (flushes < 2) await new Promise(setImmediate);
  assert.equal(hub.longTextMs, readerMs + flushMs, 'a long text is written at once');
});
