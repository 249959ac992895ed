import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { anyString } from '../../tests/support/any-string.ts';
import { encodeUtf8 } from '../protocol/text.ts';
import { numberedFileName, safeFileName } from './safe-file-name.ts';

describe('safeFileName', () => {
  for (const [announced, safe] of [
    ['note.txt', 'note.txt'],
    ['Grüße 👨‍👩‍👧.pdf', 'Grüße 👨‍👩‍👧.pdf'],
    ['../../etc/passwd', 'passwd'],
    ['..\\x', 'x'],
    ['C:x', 'C_x'],
    ['a:ads', 'a_ads'],
    ['', 'attachment'],
    ['.', 'attachment'],
    ['..', 'attachment'],
    ['x/', 'attachment'],
    ['x.', 'x'],
    [' x. . ', 'x'],
    ['.bashrc', '_.bashrc'],
    ['-rf', '_-rf'],
    ['CON', '_CON'],
    ['nul.txt', '_nul.txt'],
    ['com1 .log', '_com1 .log'],
    ['LPT¹', '_LPT¹'],
    ['console.txt', 'console.txt'],
    ['a\0b\x1b[2Jc', 'a_b_[2Jc'],
    ['gnp\u202eexe.txt', 'gnp_exe.txt'],
    ['a<b>c"d|e?f*g', 'a_b_c_d_e_f_g'],
  ] as const) {
    it(`turns ${JSON.stringify(announced)} into ${JSON.stringify(safe)}`, () => {
      assert.equal(safeFileName(announced), safe);
    });
  }

  it('keeps names within 255 bytes, with the extension', () => {
    assert.equal(safeFileName(`${'x'.repeat(300)}.txt`), `${'x'.repeat(251)}.txt`);
    assert.equal(safeFileName(`${'é'.repeat(300)}.tar.gz`), `${'é'.repeat(124)}.tar.gz`);
    assert.equal(numberedFileName(`${'x'.repeat(251)}.txt`, 12), `${'x'.repeat(246)} (12).txt`);
  });

  it('puts the number before the extension', () => {
    assert.equal(numberedFileName('note.txt', 2), 'note (2).txt');
    assert.equal(numberedFileName('a.tar.gz', 1), 'a (1).tar.gz');
    assert.equal(numberedFileName('README', 1), 'README (1)');
  });

  it('returns a usable name for any announced one', () => {
    fc.assert(
      fc.property(anyString({ maxLength: 400 }), (announced) => {
        for (const name of [safeFileName(announced), numberedFileName(safeFileName(announced), 7)]) {
          assert.ok(name !== '' && !/[/\\:\p{Cc}]/u.test(name) && !/^[.-]/.test(name), name);
          assert.ok(encodeUtf8(name).length <= 255);
        }
      }),
    );
  });
});

it('bounds the work for a long name', () => {
  assert.equal(safeFileName(`${'.'.repeat(260_000)}x`), safeFileName(`${'.'.repeat(1_023)}x`));
  assert.ok(safeFileName('x'.repeat(10_000_000)).length <= 255);
});
