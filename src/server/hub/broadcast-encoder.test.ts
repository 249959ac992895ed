import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import pino from 'pino';
import { FakeUser } from '../../../tests/support/hub-town.ts';
import type { Entry } from '../messages/entry.ts';
import { chat11Encoder } from '../wires/chat11/encoder.ts';
import { BroadcastEncoder } from './broadcast-encoder.ts';
import { Hub } from './hub.ts';
import type { EventEncoder } from './user.ts';

const keys = ['apple', 'pear', 'applepear', 'fig'];
const entry: Entry = {
  position: 1,
  timeMs: 0,
  sender: 'eve',
  message: { kind: 'text', text: 'apple pear applepear fig' },
};

/** Encodes `entry` for readers of these terms who hold the keys of the mask; returns the headers with what matched. */
function matchedOf(
  readers: readonly (readonly [terms: readonly string[], mask: number])[],
  encoder: EventEncoder,
): string[] {
  const hub = new Hub({ logger: pino({ enabled: false }), onStorageFailure: assert.fail });
  const broadcast = new BroadcastEncoder([entry], keys, () => assert.fail());
  return readers.map(([terms, mask], at) => {
    const reader = new FakeUser(hub, `reader${at}`, { terms, devices: [] });
    const [frame] = broadcast.batchFor(reader, encoder, mask).frames;
    return /^Matched: (.*)$/m.exec(String(frame?.bytes))?.[1] ?? '';
  });
}

describe('BroadcastEncoder', () => {
  it('asks once for the variant of all readers with the same number', () => {
    let asked = 0;
    const counting: EventEncoder = {
      ...chat11Encoder,
      variant: (...about) => {
        asked++;
        return chat11Encoder.variant(...about);
      },
    };
    const lists = [['apple', 'pear'], ['pear', 'apple'], ['pear']];
    const readers = lists.map((terms) => [terms, terms.length === 1 ? 0b10 : 0b11] as const);
    const found = matchedOf([...readers, ...readers], counting);
    const expected = ['apple, pear', 'apple, pear', 'pear'];
    assert.deepEqual(found, [...expected, ...expected]);
    assert.equal(asked, 2);
  });

  it('keeps variants apart whose terms would be the same text if one stood right behind the other', () => {
    // Terms that are no keys have no number.
    const found = matchedOf(
      [
        [['APPLE', 'pear'], 0b11],
        [['APPLEpear'], 0b100],
      ],
      chat11Encoder,
    );
    assert.deepEqual(found, ['APPLE, pear', 'APPLEpear']);
  });

  it('keeps a reader apart whose follow, typed in another way than its key, ends while the entry is handed out', () => {
    const hub = new Hub({ logger: pino({ enabled: false }), onStorageFailure: assert.fail });
    const [loud, plain] = ['APPLE', 'apple'].map(
      (term, at) => new FakeUser(hub, `reader${at}`, { terms: [term], devices: [] }),
    );
    assert.ok(loud && plain);
    hub.onCommit([{ entry, ticket: undefined, isRepeat: false }]);
    loud.follows.unfollow('apple');
    const broadcast = new BroadcastEncoder([entry], keys, () => assert.fail());
    const [before, after] = [loud, plain].map((reader) =>
      String(broadcast.batchFor(reader, chat11Encoder, 1).frames[0]?.bytes),
    );
    assert.match(String(before), /^Matched: APPLE\r?$/m);
    assert.match(String(after), /^Matched: apple\r?$/m);
  });
});
