import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import pino from 'pino';
import { FakeDevice } from '../../../tests/support/hub-town.ts';
import { formatEvent, wordsAndPhrases } from '../../protocol/chat11/event.ts';
import { foldWord } from '../../protocol/folding.ts';
import type { Follows } from '../follow/follows.ts';
import type { Committed } from '../log/bus.ts';
import { chat11Encoder } from '../wires/chat11/encoder.ts';
import { Hub } from './hub.ts';
import type { User } from './user.ts';

const names = ['alice', 'bob', 'carol', 'dave', 'erin'] as const;
const words = ['apple', 'pear', 'fig', 'plum'] as const;

/** A user of the hub, and what the model knows of them: terms in their order, and what each device has to hear. */
class Townsman implements User {
  readonly name: string;
  readonly follows: Follows<User>;
  devices: readonly FakeDevice[] = [new FakeDevice(chat11Encoder), new FakeDevice(chat11Encoder)];
  readonly terms: string[] = [];
  readonly expected: string[][] = [[], []];

  constructor(hub: Hub, name: string) {
    this.name = name;
    this.follows = hub.join(this, { maxTerms: 100, maxPhrases: 100 });
  }

  follow(term: string): void {
    if (!this.terms.some((held) => foldWord(held) === foldWord(term))) this.terms.push(term);
    this.follows.follow(term);
  }

  unfollow(term: string): void {
    const at = this.terms.findIndex((held) => foldWord(held) === foldWord(term));
    if (at >= 0) this.terms.splice(at, 1);
    this.follows.unfollow(term);
  }
}

interface Said {
  readonly sender: string;
  readonly text: string;
}

/** No word of these texts has punctuation or another case. */
function carries(term: string, text: string, keys: ReadonlySet<string>): boolean {
  const isSaid = ` ${text} `.includes(` ${term.slice(1, -1).toLowerCase()} `);
  return term.startsWith('"') ? isSaid : keys.has(foldWord(term));
}

/** The rule of delivery as a loop over users. The first device of a sender posted the text. */
function expectDelivery(users: Iterable<Townsman>, position: number, { sender, text }: Said): void {
  const keys = new Set([...text.split(' '), `@${sender}`, '*']);
  for (const user of users) {
    const isOwn = user.name === sender;
    const held = [...user.terms, `@${user.name}`, '@all'].filter((term) => carries(term, text, keys));
    if (held.length === 0 && !isOwn) continue;
    const matched = isOwn ? {} : wordsAndPhrases(held.sort());
    const bytes = formatEvent({ kind: 'message', position, from: sender, timeMs: 0, ...matched, text });
    const heard = String(Buffer.from(bytes));
    user.expected[1]?.push(heard);
    if (!isOwn) user.expected[0]?.push(heard);
  }
}

const name = fc.constantFrom(...names);
const term = fc.constantFrom(
  ...words,
  'Apple',
  'PEAR',
  '*',
  '@bob',
  '@carol',
  '"apple pear"',
  '"Pear FIG"',
  '"pear pear"',
);
/** A long text takes a turn for each reader. */
const padding = ' x'.repeat(2_100);
const said = fc
  .record({
    sender: name,
    words: fc.array(fc.constantFrom(...words, '@dave', '@all'), { minLength: 1, maxLength: 4 }),
    isLong: fc.boolean(),
  })
  .map((one) => ({ sender: one.sender, text: one.words.join(' ') + (one.isLong ? padding : '') }));
const step = fc.oneof(
  fc.record({ kind: fc.constant('come' as const), name }),
  fc.record({ kind: fc.constant('go' as const), name }),
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('follow' as const), name, term }) },
  fc.record({ kind: fc.constant('unfollow' as const), name, term }),
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('say' as const),
      group: fc.array(said, { minLength: 1, maxLength: 5 }),
    }),
  },
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('turn' as const) }) },
);

test('whoever comes, goes, follows and unfollows in between: each hears what a loop over all users says', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 20, maxLength: 80, size: 'max' }), async (steps) => {
      const hub = new Hub({ logger: pino({ enabled: false }), onStorageFailure: assert.fail, turnMs: 0 });
      const here = new Map<string, Townsman>();
      const all: Townsman[] = [];
      const log: Said[] = [];
      let told = 0;
      let posted = 0;
      /** Of the batch whose turn has begun since the last call, if any: nobody's follows have changed since. */
      const expectBegun = (): void => {
        for (; told < hub.position; told++)
          expectDelivery(here.values(), told + 1, log[told] ?? assert.fail());
      };
      const come = (called: string): void => {
        if (here.has(called)) return;
        const user = new Townsman(hub, called);
        here.set(called, user);
        all.push(user);
      };
      const say = (group: readonly Said[]): void => {
        hub.onCommit(
          group.map((one): Committed => {
            log.push(one);
            const { sender, text } = one;
            const entry = {
              position: log.length,
              timeMs: 0,
              sender,
              message: { kind: 'text' as const, text },
            };
            const [device] = here.get(sender)?.devices ?? [];
            const poster = device && { device, onPosted: () => void posted++, onNotPosted: assert.fail };
            return { entry, ticket: poster && hub.pending.add(poster), isRepeat: false };
          }),
        );
      };
      for (const called of names) come(called);
      for (const next of steps) {
        if (next.kind === 'say') say(next.group.filter(({ sender }) => here.has(sender)));
        else if (next.kind === 'turn') await new Promise(setImmediate);
        else if (next.kind === 'come') come(next.name);
        else if (next.kind === 'follow') here.get(next.name)?.follow(next.term);
        else if (next.kind === 'unfollow') here.get(next.name)?.unfollow(next.term);
        else if (posted === log.length) {
          // Only when all is delivered: who goes in between misses what was still on its way.
          const user = here.get(next.name);
          if (user !== undefined) hub.leave(user);
          here.delete(next.name);
        }
        expectBegun();
      }
      while (posted < log.length) {
        await new Promise(setImmediate);
        expectBegun();
      }
      expectBegun();
      for (const { name: called, devices, expected } of all) {
        for (const [at, device] of devices.entries())
          assert.deepEqual(device.heard, expected[at], `device ${at} of ${called}`);
      }
    }),
    { numRuns: 100 },
  );
});

test('who comes while a text is on its way gets nothing of it, not even with the number of one who went', async () => {
  const hub = new Hub({ logger: pino({ enabled: false }), onStorageFailure: assert.fail, turnMs: 0 });
  const users = Array.from({ length: 100 }, (_, at) => new Townsman(hub, `reader${at}`));
  for (const { follows } of users) follows.follow('apple');
  const entry = {
    position: 1,
    timeMs: 0,
    sender: 'alice',
    message: { kind: 'text' as const, text: 'an apple' },
  };
  hub.onCommit([{ entry, ticket: undefined, isRepeat: false }]);
  const last = users.at(-1) ?? assert.fail();
  assert.equal(last.devices[0]?.heard.length, 0, 'it takes several turns');
  hub.leave(last);
  last.devices = [];
  const late = new Townsman(hub, 'late');
  late.follows.follow('apple');
  for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate);
  assert.equal(users.at(-2)?.devices[0]?.heard.length, 1);
  assert.deepEqual(late.devices[0]?.heard, []);
});
