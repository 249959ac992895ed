import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { anyString } from '../../tests/support/any-string.ts';
import { textSpans } from './chat-text.ts';
import { coloursFor, noColours } from './colours.ts';
import { noticeLine, rendered } from './screen.ts';

const colours = coloursFor({ isTTY: true }, {});
const said = (text: string, terms: readonly string[] = []): string =>
  rendered(
    [
      { text: '14:03 ', style: 'time' },
      { text: '@bob', style: 'name' },
      { text: ': ' },
      ...textSpans(text, terms),
    ],
    {
      colours,
    },
  );

describe('rendered', () => {
  it('colours the sender of a CHAT/1.0 line, and a refusal as a whole', () => {
    assert.match(rendered('@bob: (private) hi', { colours }), /^\x1b\[\d\dm@bob:\x1b\[39m \(private\) hi$/);
    assert.equal(rendered('Error:  No', { colours }), '\x1b[31mError:  No\x1b[39m');
    assert.equal(rendered('bob: hi', { colours }), 'bob: hi');
    assert.equal(rendered('@bob: hi', { colours: noColours }), '@bob: hi');
  });

  it('marks what matched in bold and underlined', () => {
    assert.match(said('An Apple!', ['apple']), /: An \x1b\[1;4mApple\x1b\[22;24m!$/);
    assert.match(said('apple-pie', ['apple', 'apple-pie']), /: \x1b\[1;4mapple-pie\x1b\[22;24m$/);
    assert.match(said('👍🏽', ['👍']), /: \x1b\[1;4m👍🏽\x1b\[22;24m$/u);
  });

  it('links web addresses, without the punctuation behind them, and nothing else', () => {
    const addressOf = (text: string): string[] =>
      [...said(text).matchAll(/\x1b\]8;id=[0-9a-f]+;([^\x1b]*)\x1b\\([^\x1b]*)\x1b\]8;;\x1b\\/g)].map(
        ([, to, shown]) => `${to} ${shown}`,
      );
    assert.deepEqual(addressOf('see https://example.com/a?b=c#d.'), [
      'https://example.com/a?b=c#d https://example.com/a?b=c#d',
    ]);
    assert.deepEqual(addressOf('(http://example.com/a_(b))'), [
      'http://example.com/a_(b) http://example.com/a_(b)',
    ]);
    assert.deepEqual(addressOf('https://example.com/é'), [
      'https://example.com/%C3%A9 https://example.com/é',
    ]);
    for (const text of [
      'javascript:alert(1)',
      'file:///etc/passwd',
      'xhttps://a',
      'https://',
      'ftp://a',
      'https://[',
      `https://a/${'x'.repeat(2_001)}`,
    ]) {
      assert.deepEqual(addressOf(text), [], text);
    }
  });

  it('keeps a link in every row that it is broken into', () => {
    const line = textSpans(`https://example.com/${'x'.repeat(40)} end`, []);
    const rows = rendered(line, { colours, columns: 20 }).split('\r\n');
    assert.equal(rows.length, 4);
    for (const row of rows)
      assert.match(
        row,
        /^ *\x1b\]8;id=([0-9a-f]+);https:\/\/example\.com\/x{40}\x1b\\.*\x1b\]8;;\x1b\\(?: end)?$/,
      );
    assert.equal(new Set(rows.map((row) => /id=([0-9a-f]+)/.exec(row)?.[1])).size, 1);
  });

  it('has no links where they are garbage: on the Linux console, and without colours', () => {
    const line = textSpans('https://example.com/', []);
    assert.equal(
      rendered(line, { colours: coloursFor({ isTTY: true }, { TERM: 'linux' }) }),
      'https://example.com/',
    );
    assert.equal(rendered(line, { colours: noColours }), 'https://example.com/');
  });

  it('keeps the terminal from wrapping what it may show wider, and indents wrapped notices', () => {
    assert.equal(rendered('日本', { colours, columns: 80 }), '\x1b[?7l日本\x1b[?7h');
    assert.equal(
      rendered(noticeLine('a notice of the program'), { colours: noColours, columns: 12 }),
      'a notice of\r\n  the\r\n  program',
    );
  });

  it('lets no text produce a sequence of its own, or reach the first column', () => {
    const ours =
      /\x1b\[(?:\d+(?:;\d+)*m|\?7[hl])|\x1b\]8;id=[0-9a-f]+;https?:\/\/[\x21-\x7e]+\x1b\\|\x1b\]8;;\x1b\\/g;
    const part = fc.oneof(
      fc.constantFrom(
        'https://a.b/',
        'http://',
        '\x1b]8;;x\x1b\\',
        '\x1b[31m',
        '\x07',
        '\u009b',
        '\n',
        '\u202e',
        ' ',
        'apple',
        '日',
        '\u0301',
        '\u200d',
        '14:03 @eve: ',
      ),
      anyString({ maxLength: 6 }),
    );
    fc.assert(
      fc.property(fc.array(part, { maxLength: 25 }), fc.integer({ min: 8, max: 40 }), (parts, columns) => {
        const spans = textSpans(parts.join(''), ['apple']);
        assert.equal(spans.map(({ text }) => text).join(''), parts.join(''));
        const line = [{ text: '14:03 ', style: 'time' as const }, { text: '@bob: ' }, ...spans];
        const shown = rendered(line, { colours, columns }).replace(ours, '');
        const [first = '', ...rows] = shown.split('\r\n');
        assert.doesNotMatch(shown.replaceAll('\r\n', ''), /[\x00-\x08\x0a-\x1f\x7f-\x9f]/);
        assert.ok(first.startsWith('14:03'));
        for (const row of rows) assert.ok(row.startsWith(' '), JSON.stringify(row));
      }),
    );
  });
});
