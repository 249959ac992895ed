import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { violationsIn } from './checker.ts';
import type { Got, History, Reading, Send } from './history.ts';
import { bobFollows, got, history, reading, send, stored } from './small-history.ts';
import type { ViolationKind } from './violation.ts';

const kindsIn = (history: History): ViolationKind[] => violationsIn(history).map(({ kind }) => kind);

const three = [send(1), send(2), send(3)];
const [first, second, third] = three as [Send, Send, Send];

describe('the checker finds', () => {
  it('nothing wrong where everything was shown to its followers, once and in order', () => {
    assert.deepEqual(violationsIn(history(three, [reading(three)])), []);
  });

  it('what was acknowledged and is gone, unless it was pruned', () => {
    const gone = history(three, [], { stored: [second, third].map(stored) });
    assert.deepEqual(kindsIn(gone), ['lost']);
    const [violation] = violationsIn({ ...gone, faults: [{ name: 'power cut', atMs: 16 }] });
    assert.deepEqual(violation?.excerpt, [
      '10 ms: amy (amy-0, library) sends m1 to apple',
      '15 ms: m1 is acknowledged, at position 1',
      '16 ms: power cut',
      'the end: it is not in the history',
    ]);
    assert.deepEqual(kindsIn({ ...gone, prunedThrough: 1 }), []);
  });

  it('what was shown without an acknowledgement and is gone', () => {
    const { outcome: _, ...unknown } = first;
    const shown = reading([], { got: [got(first)] });
    assert.deepEqual(kindsIn(history([unknown], [shown], { stored: [] })), ['lost']);
    assert.deepEqual(kindsIn(history([unknown], [], { stored: [] })), [], 'nobody knows of it');
    assert.deepEqual(kindsIn(history([unknown], [shown], { stored: [stored(first)] })), []);
  });

  it('what is there and was refused, or sent by nobody, or by somebody else', () => {
    const refused = { ...first, outcome: { kind: 'refused', atMs: 12, why: '404' } } as const;
    assert.deepEqual(kindsIn(history([refused], [], { stored: [stored(first)] })), ['resurrected']);
    assert.deepEqual(kindsIn(history([], [], { stored: [stored(first)] })), ['resurrected']);
    const another = { ...stored(first), from: 'bob' };
    assert.deepEqual(kindsIn(history([first], [], { stored: [another] })), ['resurrected']);
  });

  it('one message at two positions, and two messages at one', () => {
    const twice = [...three.map(stored), { ...stored(first), position: 4 }];
    assert.deepEqual(kindsIn(history(three, [], { stored: twice })), ['stored twice']);
    const { outcome: _, ...unknown } = send(2, { device: 'amy-1', beganMs: 12 });
    const together = [stored(first), { ...stored(second), position: 1 }];
    assert.deepEqual(kindsIn(history([first, unknown], [], { stored: together })), ['stored twice']);
  });

  it('a message that was shown twice', () => {
    assert.deepEqual(kindsIn(history(three, [reading([first, second, second, third])])), ['shown twice']);
  });

  it('messages that were shown in another order', () => {
    assert.deepEqual(kindsIn(history(three, [reading([first, third, second])])), ['out of order']);
  });

  it('a message that was acknowledged before another was sent, and comes after it', () => {
    const early = send(1, { outcome: { kind: 'stored', atMs: 15, position: 9 } });
    const late = send(2, { device: 'amy-1' });
    assert.deepEqual(kindsIn(history([early, late], [])), ['out of order']);
    const atOnce = { ...early, outcome: { kind: 'stored', atMs: 25, position: 9 } } as const;
    assert.deepEqual(kindsIn(history([atOnce, late], [])), [], 'no order was promised');
  });

  it('two texts of one client that are stored in another order than they were sent', () => {
    const swapped = [
      send(1, { outcome: { kind: 'stored', atMs: 40, position: 2 } }),
      send(2, { outcome: { kind: 'stored', atMs: 40, position: 1 } }),
    ];
    assert.deepEqual(kindsIn(history(swapped, [])), ['out of order']);
  });

  it('a message that a reader did not get, though a later one came, or the reader waited', () => {
    assert.deepEqual(kindsIn(history(three, [reading([first, third])])), ['skipped']);
    assert.deepEqual(kindsIn(history(three, [reading([first, second])])), ['skipped']);
    const cut = reading([first, second], { isComplete: false });
    assert.deepEqual(kindsIn(history(three, [cut])), [], 'its connection broke before');
    const late = reading([third], { after: 2 });
    assert.deepEqual(kindsIn(history(three, [late])), [], 'it came later');
    const told = reading([first, third], { gaps: [{ from: 2, to: 2 }] });
    assert.deepEqual(kindsIn(history(three, [told])), [], 'it was told of the gap');
  });

  it('the same for a reader without positions', () => {
    const plain = (shown: readonly Send[], more: Partial<Reading> = {}): Reading => {
      const shownPlainly = shown.map((sent): Got => ({ ...got(sent), position: undefined }));
      return reading([], { wire: 'CHAT/1.0', after: undefined, got: shownPlainly, ...more });
    };
    assert.deepEqual(kindsIn(history(three, [plain([first, third])])), ['skipped']);
    assert.deepEqual(kindsIn(history(three, [plain([second, third], { beganMs: 15 })])), []);
  });

  it('a message for somebody who does not follow it, and none for somebody who does', () => {
    const pear = { follows: [bobFollows('pear')] };
    assert.deepEqual(kindsIn(history([first], [reading([first])], pear)), ['follow rule broken']);
    assert.deepEqual(kindsIn(history([first], [reading([])], pear)), []);
    for (const term of ['*', '@amy'])
      assert.deepEqual(kindsIn(history([first], [reading([])], { follows: [bobFollows(term)] })), [
        'skipped',
      ]);
    const toAll = send(1, { terms: ['@all'] });
    assert.deepEqual(kindsIn(history([toAll], [reading([])], { follows: [] })), ['skipped']);
  });

  it('no fault in either outcome while a follow is on its way', () => {
    const { endedMs: _, ...unanswered } = { ...bobFollows('apple'), beganMs: 5 };
    const underWay = { ...unanswered, endedMs: 12 };
    for (const follow of [unanswered, underWay]) {
      for (const shown of [[], [first]]) {
        assert.deepEqual(kindsIn(history([first], [reading(shown)], { follows: [follow] })), []);
      }
    }
    const ended = { ...bobFollows('apple'), isFollow: false, beganMs: 7, endedMs: 8 };
    const follows = [bobFollows('apple'), ended];
    assert.deepEqual(kindsIn(history([first], [reading([first])], { follows })), ['follow rule broken']);
  });

  it('no fault in either outcome of a follow after a reader who caught up was shown what has no answer yet', () => {
    const { outcome: _, ...unanswered } = first;
    const carol = reading([first], { user: 'carol', device: 'carol-0' });
    const follows = [
      { ...bobFollows('apple'), user: 'carol' },
      { ...bobFollows('apple'), beganMs: 30, endedMs: 31 },
    ];
    for (const shown of [[], [first]]) {
      const all = history([unanswered], [carol, reading(shown)], { follows, stored: [stored(first)] });
      assert.deepEqual(kindsIn(all), []);
    }
    const answered = history([first], [carol, reading([first])], { follows });
    assert.deepEqual(kindsIn(answered), ['follow rule broken']);
  });

  it('a private message that somebody else was shown', () => {
    const toCarol = send(1, { to: 'carol', terms: [] });
    assert.deepEqual(kindsIn(history([toCarol], [reading([toCarol])])), ['private text leaked']);
    const toBob = send(1, { to: 'bob', terms: [] });
    assert.deepEqual(kindsIn(history([toBob], [reading([toBob])])), []);
    assert.deepEqual(kindsIn(history([toBob], [reading([])])), ['skipped']);
  });

  it("the echo of a device's own message, and one that another device of the sender lacks", () => {
    const of = (device: string, shown: readonly Send[]) => reading(shown, { user: 'amy', device });
    assert.deepEqual(kindsIn(history([first], [of('amy-0', []), of('amy-1', [first])])), []);
    assert.deepEqual(kindsIn(history([first], [of('amy-0', [first])])), ['follow rule broken']);
    assert.deepEqual(kindsIn(history([first], [of('amy-1', [])])), ['skipped']);
    const own = reading([first], { user: 'amy', device: 'history of amy', kind: 'history' });
    assert.deepEqual(kindsIn(history([first], [own])), []);
  });

  it('a file that cannot be fetched, or is another one', () => {
    const file = send(1, { sha256: 'aa' });
    assert.deepEqual(kindsIn(history([file], [])), []);
    for (const sha256 of ['bb', 'nothing: not found']) {
      const there = [{ ...stored(file), sha256 }];
      assert.deepEqual(kindsIn(history([file], [], { stored: there })), ['attachment missing']);
    }
  });

  it('a log that was replaced, and damage', () => {
    assert.deepEqual(kindsIn(history(three, [reading(three, { resets: 1 })])), ['lost']);
    assert.deepEqual(kindsIn(history([], [], { damage: ['row 1 missing'] })), ['damaged']);
  });

  it('that too little happened, or that a server was away for too long', () => {
    const least = { acknowledged: 3, received: 3, kills: 1, recoveryMs: 100, faults: ['kill at after-ack'] };
    const faults = [{ name: 'kill at after-ack', atMs: 12, recoveryMs: 80 }];
    assert.deepEqual(violationsIn(history(three, [reading(three)], { faults }), least), []);
    const nothing = violationsIn(history([], []), least).map(({ kind }) => kind);
    assert.deepEqual(nothing, ['vacuous', 'vacuous', 'vacuous', 'vacuous']);
    const slow = [{ name: 'kill at after-ack', atMs: 12, recoveryMs: 120 }];
    const [violation] = violationsIn(history(three, [reading(three)], { faults: slow }), least);
    assert.equal(violation?.kind, 'slow recovery');
    assert.deepEqual(kindsIn(history([], [], { isSettled: false })), ['slow recovery']);
  });
});
