import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { violationsIn } from './checker.ts';
import type { Got, History, Reading, Send, Stored } from './history.ts';
import { bobFollows, got, history, reading, send, stored } from './small-history.ts';
import type { ViolationKind } from './violation.ts';

const kindsIn = (history: History): ViolationKind[] => violationsIn(history).map(({ kind }) => kind);

/** Histories of a server that does everything right. */
const people = ['amy', 'bob', 'carol'];
const terms = ['apple', 'pear'];

const rightHistories = fc
  .record({
    messages: fc.array(
      fc.record({
        from: fc.constantFrom(...people),
        to: fc.option(fc.constantFrom(...people), { nil: undefined, freq: 4 }),
        term: fc.constantFrom(...terms, '@all'),
        isAnswered: fc.boolean(),
      }),
      { minLength: 1, maxLength: 25 },
    ),
    follows: fc.uniqueArray(fc.tuple(fc.constantFrom(...people), fc.constantFrom(...terms)), {
      selector: String,
    }),
    cuts: fc.array(fc.nat(25), { minLength: 3, maxLength: 3 }),
  })
  .map(({ messages, follows, cuts }): History => {
    const sends = messages.map(({ from, to, term, isAnswered }, index): Send => {
      const isPrivate = to !== undefined && to !== from;
      const sent = send(index + 1, { from, device: `${from}-0`, terms: isPrivate ? [] : [term] });
      const { outcome, ...unknown } = isPrivate ? { ...sent, to } : sent;
      return isAnswered && outcome !== undefined ? { ...unknown, outcome } : unknown;
    });
    const all = sends.map((sent, index): Stored => ({ ...stored(sent), position: index + 1 }));
    const isFor = (user: string, { from, to, terms: [term = ''] }: Send): boolean => {
      if (from === user) return false;
      if (to !== undefined) return to === user;
      return term === '@all' || follows.some(([name, own]) => name === user && own === term);
    };
    const readings = people.map((user, index): Reading => {
      const through = cuts[index] ?? 0;
      const isComplete = through >= sends.length;
      const shown = sends.flatMap((sent, at): Got[] => {
        return isFor(user, sent) && at < through ? [{ ...got(sent), position: at + 1 }] : [];
      });
      return { ...reading([], { user, device: `${user}-0`, isComplete }), got: shown };
    });
    const changes = follows.map(([user, term]) => ({ ...bobFollows(term), user }));
    return history(sends, readings, { follows: changes, stored: all });
  });

describe('properties of the checker', () => {
  it('finds nothing where everything is right, wherever connections were cut', () => {
    fc.assert(fc.property(rightHistories, (right) => assert.deepEqual(violationsIn(right), [])));
  });

  /** The history with one thing changed; undefined when there is nothing of that kind to change. */
  const mutations: {
    readonly [kind in ViolationKind]?: (right: History, at: number) => History | undefined;
  } = {
    lost(right, at) {
      const known = right.sends.filter(({ outcome }) => outcome?.kind === 'stored');
      const gone = known[at % known.length];
      return gone && { ...right, stored: right.stored.filter(({ id }) => id !== gone.id) };
    },
    'stored twice'(right, at) {
      const one = right.stored[at % right.stored.length];
      return one && { ...right, stored: [...right.stored, { ...one, position: right.stored.length + 1 }] };
    },
    resurrected(right) {
      const position = right.stored.length + 1;
      return { ...right, stored: [...right.stored, { id: 'ghost', from: 'amy', to: undefined, position }] };
    },
    'shown twice': (right, at) =>
      withGot(right, (shown) => {
        const one = shown[at % shown.length];
        return one && [...shown, one];
      }),
    'out of order': (right) =>
      withGot(right, (shown) => {
        const [one, two, ...others] = shown;
        return one && two && [two, one, ...others];
      }),
    skipped: (right, at) =>
      withGot(right, (shown) => {
        return shown.length < 2 ? undefined : shown.toSpliced(at % (shown.length - 1), 1);
      }),
  };

  for (const [kind, change] of Object.entries(mutations)) {
    it(`finds it when one message is ${kind}`, () => {
      fc.assert(
        fc.property(rightHistories, fc.nat(), (right, at) => {
          const wrong = change(right, at);
          fc.pre(wrong !== undefined);
          assert.ok(wrong !== undefined && kindsIn(wrong).includes(kind as ViolationKind));
        }),
      );
    });
  }
});

/** The first reading that can be changed like that, changed. */
function withGot(
  right: History,
  change: (shown: readonly Got[]) => readonly Got[] | undefined,
): History | undefined {
  for (const [index, one] of right.readings.entries()) {
    const changed = change(one.got);
    if (changed !== undefined)
      return { ...right, readings: right.readings.with(index, { ...one, got: changed }) };
  }
  return undefined;
}
