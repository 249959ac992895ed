import assert from 'node:assert/strict';
import { test } from 'node:test';
import pino from 'pino';
import { FakeClock } from '../../../tests/support/fake-clock.ts';
import { encoders, FakeDevice, FakeUser } from '../../../tests/support/hub-town.ts';
import type { Committed } from '../log/bus.ts';
import { Hub } from './hub.ts';

const logged: string[] = [];
const logger = pino({}, { write: (line: string) => logged.push(line) });

/** A hub that yields as often as it can, unless `turnMs` is longer, and readers of "apple" and "pear". */
class Scene {
  readonly clock = new FakeClock();
  readonly hub: Hub;
  readonly devices: readonly FakeDevice[];
  readonly flushes: number[];
  readonly posted: number[] = [];
  readonly reached: number[] = [];
  #position = 0;

  constructor(readers: number, turnMs = 0) {
    logged.length = 0;
    this.hub = new Hub({ logger, onStorageFailure: assert.fail, clock: this.clock, turnMs });
    const described = { terms: ['apple', 'pear'], devices: [false] };
    this.devices = Array.from(
      { length: readers },
      (_, at) => new FakeUser(this.hub, `reader${at}`, described),
    ).flatMap(({ devices }) => devices);
    this.flushes = this.devices.map(() => 0);
    for (const [at, { outbox }] of this.devices.entries()) {
      const { flush } = outbox;
      outbox.flush = () => {
        flush();
        this.flushes[at] = (this.flushes[at] ?? 0) + 1;
      };
    }
  }

  /** A group of these texts. */
  commit(...texts: unknown[]): void {
    this.hub.onCommit(
      texts.map((text): Committed => {
        const message = { kind: 'text' as const, text: text as string };
        const entry = { position: ++this.#position, timeMs: 0, sender: 'carol', message };
        const ticket = this.hub.pending.add({
          device: new FakeDevice(encoders[1]),
          onPosted: ({ position }, reached) => {
            this.posted.push(position);
            this.reached.push(reached);
          },
          onNotPosted: assert.fail,
        });
        return { entry, ticket, isRepeat: false };
      }),
    );
  }

  /** Waits until every message was handed out and every outbox flushed. */
  async told(): Promise<void> {
    const isWaiting = ({ unflushed }: FakeDevice): boolean => unflushed > 0;
    while (this.posted.length < this.#position || this.devices.some(isWaiting))
      await new Promise(setImmediate);
  }
}

test('groups that are committed during a fan-out wait for its turns, and share its flush', async () => {
  const scene = new Scene(2);
  scene.commit('apple', 'pear');
  assert.equal(scene.hub.position, 1);
  for (let group = 0; group < 3; group++) scene.commit('apple', 'pear');
  assert.equal(scene.hub.position, 1, 'a commit is no turn');
  await scene.told();
  assert.deepEqual(scene.flushes, [1, 1]);
  assert.deepEqual(scene.reached, Array(8).fill(2), 'also when its sender has left');
});

test('a fan-out that goes on flushes at the end of a group once it has taken more than 40 ms', async () => {
  const scene = new Scene(1);
  const [device = assert.fail()] = scene.devices;
  const { deliver } = device.outbox;
  device.outbox.deliver = (run) => {
    deliver(run);
    scene.clock.advance(25);
  };
  for (let group = 0; group < 5; group++) scene.commit('apple');
  await scene.told();
  // After the second and the fourth group; and the last one waits for nobody.
  assert.deepEqual(scene.flushes, [3]);
});

test('a flush of many outboxes takes turns', async () => {
  const scene = new Scene(100);
  scene.commit('apple');
  const flushed = (): number => scene.flushes.reduce((sum, count) => sum + count, 0);
  for (let before = 0; flushed() < 100; before = flushed()) {
    assert.ok(flushed() - before <= 32, `${flushed() - before} in one turn`);
    await new Promise(setImmediate);
  }
  assert.deepEqual(scene.posted, [1]);
});

test('some texts that are long together are flushed once, in turns, and each answer is a turn', async () => {
  const scene = new Scene(32);
  scene.commit(...Array.from({ length: 6 }, () => 'apple '.repeat(200)));
  const [before, steps] = [{ flushed: 0, posted: 0 }, new Set<string>()];
  while (scene.flushes.includes(0)) {
    const flushed = scene.flushes.reduce((sum, count) => sum + count, 0);
    const posted = scene.posted.length;
    steps.add(`${flushed - before.flushed} ${posted - before.posted}`);
    Object.assign(before, { flushed, posted });
    await new Promise(setImmediate);
  }
  assert.deepEqual([...steps].sort(), ['0 0', '0 1', '16 0']);
  assert.deepEqual(scene.flushes, Array(32).fill(1));
});

test('a message whose words cannot be found is answered and reaches nobody; those around it are delivered', async () => {
  for (const length of [5, 5_000]) {
    const scene = new Scene(1);
    scene.commit('apple', { length }, 'apple');
    await scene.told();
    assert.deepEqual(scene.devices[0]?.heard, ['1 B', '3 B']);
    assert.deepEqual(scene.posted, [1, 2, 3]);
    assert.match(logged.join(''), /the keys of a message could not be found/);
  }
});

test('an error that nothing else catches ends its group: what was delivered is flushed, and other groups come', async () => {
  const scene = new Scene(1, Infinity);
  const { counts } = scene.hub;
  const { addStored } = counts;
  counts.addStored = (entries) => {
    if (scene.hub.position === 2) throw new Error('broken on purpose');
    addStored.call(counts, entries);
  };
  scene.commit('apple', 'pear', 'apple');
  assert.deepEqual([scene.devices[0]?.heard, scene.flushes], [['1 B'], [1]]);
  assert.match(logged.join(''), /messages could not be handed out/);
  scene.commit('apple');
  assert.deepEqual([scene.devices[0]?.heard, scene.flushes], [['1 B', '4 B'], [2]]);
});

test('refusals of many messages take turns', async () => {
  const { hub } = new Scene(0);
  let refused = 0;
  const poster = {
    device: new FakeDevice(encoders[1]),
    onPosted() {},
    onNotPosted: () => void refused++,
  };
  hub.onRefuse(
    Array.from({ length: 100 }, () => hub.pending.add(poster)),
    'closed',
  );
  for (let before = 0; refused < 100; before = refused) {
    assert.ok(refused - before <= 64, `${refused - before} in one turn`);
    await new Promise(setImmediate);
  }
});

test('a reader who cannot even be disconnected is no harm to the others', () => {
  const scene = new Scene(2, Infinity);
  const [broken = assert.fail(), whole = assert.fail()] = scene.devices;
  const fail = (): never => {
    throw new Error('broken on purpose');
  };
  broken.outbox.deliver = fail;
  broken.fail = fail;
  scene.commit('apple');
  assert.deepEqual([whole.heard, whole.unflushed], [['1 B'], 0]);
  assert.match(logged.join(''), /a reader could not be disconnected/);
});
