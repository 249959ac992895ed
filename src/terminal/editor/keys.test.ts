import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { anyString } from '../../../tests/support/any-string.ts';
import { type Key, KeyDecoder, maxPasteUnits } from './keys.ts';

const key = (name: string): Key => ({ kind: 'key', name });
const text = (typed: string): Key => ({ kind: 'text', text: typed });
const paste = (pasted: string): Key => ({ kind: 'paste', text: pasted, isCut: false });

const known: readonly (readonly [string, ...Key[]])[] = [
  ['h\u00e9 漢', text('h\u00e9 漢')],
  ['\x01\x1a', key('ctrl-a'), key('ctrl-z')],
  ['\r', key('enter')],
  ['\n', key('enter')],
  ['a\r\nb', text('a'), key('enter'), text('b')],
  ['\t\x7f\b\x1f', key('tab'), key('backspace'), key('backspace'), key('ctrl-_')],
  ['\x1b[A\x1bOB', key('up'), key('down')],
  ['\x1b[H\x1b[4~\x1b[3~', key('home'), key('end'), key('delete')],
  ['\x1b[1;5D\x1b[1;3C\x1b[3;5~', key('ctrl-left'), key('alt-right'), key('ctrl-delete')],
  ['\x1b[Z', key('shift-tab')],
  ['\x1bb\x1bD\x1b\x7f\x1b\r', key('alt-b'), key('alt-D'), key('alt-backspace'), key('alt-enter')],
  ['\x1b\x1b[D', key('alt-left')],
  ['\x1b[13;2u\x1b[27;5;13~', key('shift-enter'), key('ctrl-enter')],
  ['\x1b[I\x1b[O', { kind: 'focus', isFocused: true }, { kind: 'focus', isFocused: false }],
  ['\x1b[200~a\r\x1b[A\x03\x1b[201~b', paste('a\r\x1b[A\x03'), text('b')],
  ['\x1b[200~\x1b[201~', paste('')],
  ['\u009b\u0085a', text('a')],
  // Nobody knows these.
  ['\x1b[>0;276;0ca\x1b[[Ab\x1b[99~c\x1b[201~', text('a'), text('b'), text('c')],
];

describe('the decoder of keys', () => {
  for (const [bytes, ...keys] of known) {
    it(`reads ${JSON.stringify(bytes)}`, () => {
      const decoder = new KeyDecoder();
      assert.deepEqual(decoder.feed(bytes), keys);
      assert.equal(decoder.waitsFor, undefined);
    });
  }

  it('reads the same keys wherever the pieces end', () => {
    const parts = fc.array(fc.constantFrom(...known.map(([bytes]) => bytes)));
    fc.assert(
      fc.property(parts, fc.array(fc.nat({ max: 8 }), { minLength: 1 }), (chosen, sizes) => {
        const whole = chosen.join('');
        const decoder = new KeyDecoder();
        const keys: Key[] = [];
        for (let from = 0, turn = 0; from < whole.length; turn++) {
          const size = Math.max(1, sizes[turn % sizes.length] ?? 1);
          keys.push(...decoder.feed(whole.slice(from, from + size)));
          from += size;
        }
        assert.deepEqual(joined(keys), joined(new KeyDecoder().feed(whole)));
      }),
    );
  });

  it('never fails and never holds back what is no sequence', () => {
    const piece = fc.oneof(anyString(), fc.constantFrom('\x1b', '\x1b[', '\x1bO', '[', ';', '9'));
    fc.assert(
      fc.property(fc.array(piece), (pieces) => {
        const decoder = new KeyDecoder();
        for (const one of pieces) decoder.feed(one);
        decoder.flush();
        assert.equal(decoder.waitsFor, undefined);
      }),
    );
  });

  it('takes an ESC after which nothing comes for the Escape key', () => {
    const decoder = new KeyDecoder();
    assert.deepEqual(decoder.feed('\x1b'), []);
    assert.equal(decoder.waitsFor, 'sequence');
    assert.deepEqual(decoder.flush(), [key('escape')]);
    assert.deepEqual(decoder.feed('[A'), [text('[A')]);
  });

  it('ends a paste of which the end never comes', () => {
    const decoder = new KeyDecoder();
    decoder.feed('\x1b[200~a\x1b[20');
    assert.equal(decoder.waitsFor, 'paste');
    assert.deepEqual(decoder.flush(), [paste('a\x1b[20')]);
    assert.deepEqual(decoder.feed('b'), [text('b')]);
  });

  it('keeps no more of a paste than is taken', () => {
    const decoder = new KeyDecoder();
    decoder.feed('\x1b[200~');
    const piece = 'x'.repeat(maxPasteUnits / 4);
    for (let count = 0; count < 8; count++) decoder.feed(piece);
    const [found] = decoder.feed('\x1b[201~');
    assert.ok(found?.kind === 'paste');
    assert.equal(found.text.length, maxPasteUnits);
    assert.equal(found.isCut, true);
  });
});

/** Text comes in pieces: joins what is side by side. */
function joined(keys: readonly Key[]): Key[] {
  const result: Key[] = [];
  for (const one of keys) {
    const last = result.at(-1);
    if (one.kind === 'text' && last?.kind === 'text') result.splice(-1, 1, text(last.text + one.text));
    else result.push(one);
  }
  return result;
}
