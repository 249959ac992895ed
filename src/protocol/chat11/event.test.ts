import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { byClient, readOne, readPieces } from '../../../tests/support/chat11-reading.ts';
import { anyEvent, anyMessage } from '../../../tests/support/chat11-values.ts';
import { defaultLimits, wireLimits } from '../limits.ts';
import { encodeUtf8 } from '../text.ts';
import {
  eventKinds,
  eventWriter,
  formatEvent,
  parseEvent,
  type ServerEvent,
  wordsAndPhrases,
} from './event.ts';
import { Malformed } from './parcel.ts';

const hash = '0123456789abcdef'.repeat(4);
const time = '2026-11-20T10:14:00.123Z';
const timeMs = Date.UTC(2026, 10, 20, 10, 14, 0, 123);
const said = { position: 5024, from: 'bob', timeMs } as const;

const valid: readonly (readonly [wire: string, event: ServerEvent])[] = [
  [
    `MESSAGE CHAT/1.1\nPosition: 5024\nFrom: bob\nTime: ${time}\nMatched: apple, @all\nContent-Length: 3\n\nhi!`,
    { kind: 'message', ...said, matched: ['apple', '@all'], text: 'hi!' },
  ],
  [
    `MESSAGE CHAT/1.1\nPosition: 5024\nFrom: bob\nTo: alice\nTime: ${time}\nReplay: yes\nContent-Length: 3\n\nhi!`,
    { kind: 'message', ...said, to: 'alice', replay: true, text: 'hi!' },
  ],
  [
    `ATTACHMENT CHAT/1.1\nPosition: 5024\nFrom: bob\nTime: ${time}\nAttachment: f1\nName: note.txt\nSize: 18\nSHA-256: ${hash}\nMatched: apple\n\n`,
    {
      kind: 'attachment',
      ...said,
      attachment: 'f1',
      name: 'note.txt',
      bytes: 18,
      sha256: hash,
      matched: ['apple'],
    },
  ],
  [
    'DATA f1 CHAT/1.1\nOffset: 65536\nContent-Length: 2\n\n\n\n',
    { kind: 'data', attachment: 'f1', offset: 65536, piece: encodeUtf8('\n\n') },
  ],
  ['CAUGHT-UP CHAT/1.1\nMatched: 37\nOf: 2410\n\n', { kind: 'caught-up', matched: 37, of: 2410 }],
  ['GAP CHAT/1.1\nFrom: 1\nTo: 4711\n\n', { kind: 'gap', from: 1, to: 4711 }],
  ['RESET CHAT/1.1\nEpoch: 9b2e\n\n', { kind: 'reset', epoch: '9b2e' }],
  ['NOTICE CHAT/1.1\nContent-Length: 2\n\nhi', { kind: 'notice', text: 'hi' }],
  [
    'DISCONNECT CHAT/1.1\nReason: The server goes away\nRetry: yes\n\n',
    { kind: 'disconnect', reason: 'The server goes away', retry: true },
  ],
];

const invalid: readonly string[] = [
  'WEATHER CHAT/1.1\nSky: blue\nContent-Length: 3\n\nsun',
  'message CHAT/1.1\n\n',
  `MESSAGE CHAT/1.1\nFrom: bob\nTime: ${time}\nContent-Length: 2\n\nhi`,
  `MESSAGE CHAT/1.1\nPosition: 1\nFrom: @bob\nTime: ${time}\nContent-Length: 2\n\nhi`,
  `MESSAGE CHAT/1.1\nPosition: 1\nFrom: bob\nTo:\nTime: ${time}\nContent-Length: 2\n\nhi`,
  `MESSAGE CHAT/1.1\nPosition: 1\nFrom: bob\nTime: ${time}\nReplay: 1\nContent-Length: 2\n\nhi`,
  `MESSAGE CHAT/1.1\nPosition: 1\nFrom: bob\nTime: ${time}\n\n`,
  `MESSAGE CHAT/1.1\nPosition: 1\nFrom: bob\nTime: ${time}\nContent-Length: 1\n\n\x1b`,
  ...['2026-11-20', '2026-11-20T10:14:00Z', '2026-02-30T10:14:00.000Z', '2026-11-20T24:00:00.000Z', '0'].map(
    (wrong) => `MESSAGE CHAT/1.1\nPosition: 1\nFrom: bob\nTime: ${wrong}\nContent-Length: 2\n\nhi`,
  ),
  `ATTACHMENT CHAT/1.1\nPosition: 1\nFrom: bob\nTime: ${time}\nAttachment: f\nName: a/b\nSize: 1\nSHA-256: ${hash}\n\n`,
  'DATA CHAT/1.1\nOffset: 0\nContent-Length: 1\n\na',
  'DATA f1 CHAT/1.1\nOffset: 0\n\n',
  'CAUGHT-UP CHAT/1.1\nMatched: apple\nOf: 3\n\n',
  'GAP CHAT/1.1\nFrom: 1\n\n',
  'RESET CHAT/1.1\n\n',
  'NOTICE CHAT/1.1\n\n',
  'DISCONNECT CHAT/1.1\nReason: x\n\n',
  'DISCONNECT now CHAT/1.1\nReason: x\nRetry: no\n\n',
];

describe('events', () => {
  for (const [wire, event] of valid) {
    it(`read and write ${JSON.stringify(wire.slice(0, 60))}`, () => {
      assert.deepEqual(parseEvent(readOne(encodeUtf8(wire), byClient)), event);
      assert.deepEqual(formatEvent(event), encodeUtf8(wire));
    });
  }

  it('all have an example', () => {
    assert.deepEqual([...new Set(valid.map(([, { kind }]) => kind))].sort(), [...eventKinds].sort());
  });

  for (const wire of invalid) {
    it(`do not include ${JSON.stringify(wire.slice(0, 70))}`, () => {
      const [first, second, ...others] = readPieces([encodeUtf8(`${wire}200 Pong\n\n`)], byClient);
      assert.ok(first !== undefined && second !== undefined && !(second instanceof Malformed));
      assert.ok((first instanceof Malformed ? first : parseEvent(first)) instanceof Malformed);
      assert.deepEqual([second.start, ...others], [{ kind: 'status', code: 200, reason: 'Pong' }]);
    });
  }

  it('are parsed as they were formatted, whatever they hold', () => {
    fc.assert(
      fc.property(anyEvent, (event) => {
        assert.deepEqual(parseEvent(readOne(formatEvent(event), byClient)), event);
      }),
      { numRuns: 1000 },
    );
  });

  it('can report that every term of a reader matched', () => {
    const matched = Array.from({ length: defaultLimits.followTerms }, () =>
      '🍎'.repeat(wireLimits.termCharacters),
    );
    const phrases = Array.from({ length: defaultLimits.followPhrases }, () => `"${'🍎'.repeat(60)} a"`);
    matched.splice(0, phrases.length);
    const event: ServerEvent = { kind: 'message', ...said, matched, phrases, text: 'hi' };
    assert.deepEqual(parseEvent(readOne(formatEvent(event), byClient)), event);
  });
});

describe('eventWriter', () => {
  it('writes what formatEvent writes, for every reader its own terms', () => {
    fc.assert(
      fc.property(
        anyMessage,
        fc.constantFrom(
          ['apple'],
          ['süß', '🍎'],
          ['apple'.repeat(20)],
          ['apple', '@all'],
          ['*'],
          ['"a b"'],
          ['"a b"', 'apple', '"c d"'],
        ),
        (event, matched) => {
          const { matched: _, phrases: __, ...unmatched } = event;
          const write = eventWriter(unmatched);
          assert.deepEqual(write(matched), formatEvent({ ...unmatched, ...wordsAndPhrases(matched) }));
          assert.deepEqual(write([]), formatEvent(unmatched));
        },
      ),
    );
  });

  it('writes attachments as well', () => {
    const event = {
      kind: 'attachment',
      ...said,
      attachment: 'f1',
      name: 'a',
      bytes: 1,
      sha256: hash,
    } as const;
    assert.deepEqual(eventWriter(event)(['@bob']), formatEvent({ ...event, matched: ['@bob'] }));
  });
});
