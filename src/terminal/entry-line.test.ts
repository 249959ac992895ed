import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { noColours } from './colours.ts';
import { type Entry, entryLine, ownLine, shownFileName } from './entry-line.ts';
import type { Line } from './line.ts';
import { rendered } from './screen.ts';

test('the name of a file is in quotes when it could be taken for more than a name', () => {
  for (const plain of ['menu.txt', 'Müller-2026_11+a@b.tar.gz', '人.pdf']) {
    assert.equal(shownFileName(plain), plain);
  }
  assert.equal(shownFileName('a (9 bytes) from bob: ~'), '"a (9 bytes) from bob: ~"');
  assert.equal(shownFileName('@alice'), '"@alice"');
  assert.equal(shownFileName('a\u3164'), '"a\u3164"');
  assert.equal(shownFileName('x" from \\'), '"x\\" from \\\\"');
});

test('where a quoted name ends is plain, whatever is in it', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', minLength: 1 }), (name) => {
      const shown = shownFileName(name);
      if (!shown.startsWith('"')) assert.match(shown, /^[^\s"@\\:()][^\s"\\:()]*$/u);
      else assert.match(shown, /^"(?:[^"\\]|\\["\\])*"$/u);
    }),
  );
});

/** What a reader without colours takes a line for, however it is wrapped. */
function readAs(shown: string): string {
  const text = shown
    .replace(/\x1b\[\?7[hl]/g, '')
    .split(/\r\n */)
    .join(' ');
  const [, from, , to, what] =
    /^(?:14:03 )?(?:@([\w.-]+))?( → (you|everybody|@[\w.-]+))?(:| offers|>)/.exec(text) ?? [];
  return [from, to, what].join();
}

const time: Line = [{ text: '14:03 ', style: 'time' }];

const fragments = [
  ...[
    '14:03 ',
    '@bob',
    ' → you',
    ' → everybody',
    ' → @carol',
    ': ',
    ' offers ',
    '> ',
    '── Monday ──',
    'apple',
  ],
  ...[
    '"',
    '\\',
    '(18 bytes); !fetch 1 saves it',
    '\r\n',
    '\n',
    '\x1b[2K',
    '\u2028',
    '日本',
    ' ',
    '@all',
    '\u202e',
  ],
];

test('no text and no name of a file makes one kind of line look like another, at any width', () => {
  const words = fc.array(
    fc.oneof(fc.constantFrom(...fragments), fc.string({ unit: 'binary', maxLength: 4 })),
  );
  const to = fc.constantFrom(undefined, 'alice', 'carol', 'you');
  const matched = fc.constantFrom([], ['apple'], ['@all']);
  fc.assert(
    fc.property(
      words,
      to,
      matched,
      fc.integer({ min: 20, max: 90 }),
      fc.boolean(),
      (parts, to, matched, columns, isTimed) => {
        const text = parts.join('');
        const about = { from: 'eve', to, matched, timeMs: 0, position: 1, isOwn: false, isReplay: false };
        const file = { kind: 'attachment', ...about, id: 'f', name: text, bytes: 18, sha256: '' } as const;
        const message = { kind: 'message', ...about, text } as const;
        const shown = (line: Line): string =>
          readAs(rendered([...(isTimed ? time : []), ...line], { colours: noColours, columns }));
        const read = (entry: Entry): string => shown(entryLine(entry, { reader: 'alice', offer: 1 }));
        const toAll = (isBroadcast: boolean): string => (isBroadcast ? 'everybody' : '');
        const recipient = to === 'alice' ? 'you' : to === undefined ? undefined : `@${to}`;
        const isBroadcast = matched[0] === '@all' && !/@all/i.test(text);
        if (!/@all/i.test(text))
          assert.equal(read(message), ['eve', recipient ?? toAll(isBroadcast), ':'].join());
        assert.equal(read(file), ['eve', recipient ?? toAll(matched[0] === '@all'), ' offers'].join());
        assert.equal(shown(ownLine(text)), ',,>');
      },
    ),
  );
});
