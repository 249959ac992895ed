import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { partsOf, wordAt, wordsToOffer } from './text-parts.ts';

test('marks the words that brought a text, and links addresses', () => {
  assert.deepEqual(partsOf('An apple-pie (see https://x.example/a?b=1).', ['apple', '@me']), [
    { text: 'An ' },
    { text: 'apple', isMarked: true },
    { text: '-pie (see ' },
    { text: 'https://x.example/a?b=1', isLink: true },
    { text: ').' },
  ]);
  for (const text of ['javascript:alert(1)', 'http://', 'ftp://x.example'])
    assert.deepEqual(partsOf(text, []), [{ text }]);
});

test('sets names apart among words that run from right to left', () => {
  const hello = '\u05e9\u05dc\u05d5\u05dd';
  assert.deepEqual(partsOf(`${hello} @bob, apple? @a.`, ['apple']), [
    { text: `${hello} ` },
    { text: '@bob', isName: true },
    { text: ', ' },
    { text: 'apple', isMarked: true },
    { text: '? ' },
    { text: '@a', isName: true },
    { text: '.' },
  ]);
  for (const text of ['hello @bob', `${hello} bob@example.org, ${hello}`])
    assert.deepEqual(partsOf(text, []), [{ text }]);
});

test('knows every script that runs from right to left', () => {
  const scripts = [
    ...[
      'Adlam',
      'Arabic',
      'Avestan',
      'Chorasmian',
      'Cypriot',
      'Elymaic',
      'Garay',
      'Hanifi_Rohingya',
      'Hatran',
      'Hebrew',
    ],
    ...[
      'Imperial_Aramaic',
      'Inscriptional_Pahlavi',
      'Inscriptional_Parthian',
      'Kharoshthi',
      'Lydian',
      'Mandaic',
    ],
    ...[
      'Manichaean',
      'Mende_Kikakui',
      'Meroitic_Cursive',
      'Meroitic_Hieroglyphs',
      'Nabataean',
      'Nko',
      'Old_Hungarian',
    ],
    ...[
      'Old_North_Arabian',
      'Old_Sogdian',
      'Old_South_Arabian',
      'Old_Turkic',
      'Old_Uyghur',
      'Palmyrene',
      'Phoenician',
    ],
    ...['Psalter_Pahlavi', 'Samaritan', 'Sidetic', 'Sogdian', 'Syriac', 'Thaana', 'Yezidi'],
  ];
  const ofThem = new RegExp(`^(?=\\p{L})[${scripts.map((script) => `\\p{Script=${script}}`).join('')}]`, 'u');
  const isName = (text: string): boolean => partsOf(text, []).some((part) => part.isName === true);
  const all = Array.from({ length: 0x11_0000 }, (_, code) => String.fromCodePoint(code));
  const letters = all.filter((letter) => ofThem.test(letter));
  assert.ok(letters.length > 2_000);
  assert.deepEqual(
    letters.filter((letter) => !isName(`${letter} @bob`)),
    [],
  );
  for (const other of ['a', 'ж', 'ก', '界', '\u{10400}', '\u{1f34e}', '\u{1f1e9}'])
    assert.ok(!isName(`${other} @bob`), other);
});

test('the parts are the text, whatever it is', () => {
  const terms = fc.array(fc.constantFrom('a', 'b', 'http', '@me'), { maxLength: 3 });
  const text = fc
    .array(fc.constantFrom('a', 'b', ' ', 'http://', '.', '"', 'é', '\u05e9', '@me', '\u{1f34e}'))
    .map((all) => all.join(''));
  fc.assert(
    fc.property(text, terms, (said, some) => {
      const parts = partsOf(said, some).map((part) => part.text);
      assert.equal(parts.join(''), said);
    }),
  );
});

test('finds the word at a place, without punctuation around it', () => {
  assert.equal(wordAt('say "hello, @bob!"', 6), 'hello');
  assert.equal(wordAt('say "hello, @bob!"', 14), '@bob');
  assert.equal(wordAt('a  b', 2), undefined);
  assert.equal(wordAt('.'.repeat(100_000), 5), undefined);
});

test('offers the words of a text once, and no short ones', () => {
  assert.deepEqual(wordsToOffer('The apple, the APPLE and a pie!', 3), ['the', 'apple', 'and']);
});
