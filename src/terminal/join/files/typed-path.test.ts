import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { pathToFileURL } from 'node:url';
import fc from 'fast-check';
import { processorMs } from '../../../../tests/support/processor-time.ts';
import { parseAttachWords } from '../../../protocol/commands/attach-words.ts';
import { parseTypedAttach, parseTypedPath, parseWholePath } from './typed-path.ts';

/** Paths without control characters, quotes and white space among them more often than by chance. */
const path = fc
  .array(
    fc.oneof(
      fc.constantFrom(' ', "'", '"', '\\', '/', '~', '$', '`', '%', '(', '#', 'é', '👋', 'a', '1', '\u3000'),
      fc.string({ unit: 'grapheme', minLength: 1, maxLength: 1 }),
    ),
    { minLength: 1, maxLength: 30 },
  )
  .map((units) => units.join(''))
  .filter((text) => !/^file:/i.test(text));

const rest = 'apple @bob';

describe('parseTypedPath', () => {
  const quotings: readonly (readonly [how: string, quote: (path: string) => string])[] = [
    ['in single quotes', (text) => `'${text.replaceAll("'", "'\\''")}'`],
    ['in double quotes', (text) => `"${text.replace(/["\\$`]/g, '\\$&')}"`],
    ['with backslashes', (text) => text.replace(/[^\p{L}\p{N}]/gu, '\\$&')],
  ];
  for (const [how, quote] of quotings) {
    it(`reads every path ${how} as a shell does`, () => {
      fc.assert(
        fc.property(path, (path) => {
          assert.deepEqual(parseTypedPath(`${quote(path)}  ${rest}`), { path, rest });
          assert.deepEqual(parseTypedPath(quote(path)), { path, rest: '' });
        }),
      );
    });
  }

  it('reads every path in the form of a file URL, in quotes too', () => {
    fc.assert(
      fc.property(path, (relative) => {
        const path = `/x${relative.replaceAll(/\/+/g, '/')}x`;
        fc.pre(!/\/\.{0,2}\//.test(path) && path.isWellFormed());
        const { href } = pathToFileURL(path);
        assert.deepEqual(parseTypedPath(`${href} ${rest}`), { path, rest });
        assert.deepEqual(parseTypedPath(`"${href}" ${rest}`), { path, rest });
      }),
    );
  });

  it('reads what needs no quoting as the server does', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        fc.pre(!/["'\\]|^file:/i.test(text));
        const line = text.trim();
        assert.deepEqual(parseTypedAttach(line, Infinity), parseAttachWords(line));
      }),
    );
  });

  for (const [typed, path] of [
    ["it's.txt x", "it's.txt"],
    ['"my file" x', 'my file'],
    ["'my x", "'my"],
    ['C:\\Users\\me\\menu.txt x', 'C:\\Users\\me\\menu.txt'],
    ['my\\ file\\(1\\).txt x', 'my file(1).txt'],
    ['~/x x', '~/x'],
    ["'~/my x' x", '~/my x'],
    ['FILE://localhost/tmp/a%20b x', '/tmp/a b'],
  ] as const) {
    it(`reads ${typed}`, () => assert.deepEqual(parseTypedPath(typed), { path, rest: 'x' }));
  }

  for (const url of ['file://elsewhere/x', 'file:///a%2fb', 'file:///%zz']) {
    it(`finds that ${url} is no file here`, () => {
      assert.deepEqual(parseTypedPath(`${url} x`), {
        problem: `"${url}" is not the address of a file on this machine`,
      });
    });
  }

  it('takes a path with spaces when nothing may follow it', () => {
    assert.equal(parseWholePath('my file.txt'), 'my file.txt');
    assert.equal(parseWholePath("'my file.txt'"), 'my file.txt');
  });

  it('costs no more than a few milliseconds, whatever is in the text', () => {
    for (const unit of ["'", '"', '\\', "'\\''", '" ', 'a', '\\ ', '"\\', ' ', '\\a', 'file://']) {
      const text = unit.repeat(262_144 / unit.length);
      let least = Infinity;
      for (let attempt = 0; attempt < 5 && least > 5; attempt++) {
        const ms = processorMs(() => {
          for (const front of ['', "'", '"']) parseTypedAttach(front + text, 6);
        });
        least = Math.min(least, ms);
      }
      assert.ok(least < 40, `${JSON.stringify(unit)} took ${least} ms`);
    }
  });
});
