import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { anyString } from '../../../tests/support/any-string.ts';
import { asks, Typist } from '../../../tests/support/typist.ts';
import { Editor } from './editor.ts';

describe('the editor', () => {
  for (const [keys, shown] of [
    ['hello<left><left>X', 'helX|lo'],
    ['hello<ctrl-a>X<ctrl-e>Y', 'XhelloY|'],
    ['hello<home><delete><right><ctrl-d>', 'e|lo'],
    ['one two<alt-b>X', 'one X|two'],
    ['one two<ctrl-left><ctrl-left><ctrl-right>X', 'oneX| two'],
    ['one, two.<alt-b><alt-b><alt-f>X', 'oneX|, two.'],
    ['one two-three<ctrl-w>', 'one |'],
    ['one two-three<alt-backspace>', 'one two-|'],
    ['one two<ctrl-a><alt-d>', '| two'],
    ['one two<left><ctrl-u>', '|o'],
    ['one two<home><ctrl-k>', '|'],
    ['one two<ctrl-w><ctrl-w><ctrl-y>', 'one two|'],
    ['one two<home><alt-d><alt-d><ctrl-y>', 'one two|'],
    ['one<ctrl-w>two<ctrl-w><ctrl-y><alt-y>', 'one|'],
    ['one<ctrl-w>two<ctrl-w><ctrl-y><alt-y><alt-y>', 'two|'],
    ['one<ctrl-w>two<ctrl-w><ctrl-y> <alt-y>', 'two |'],
    ['ab<ctrl-t>', 'ba|'],
    ['abc<left><ctrl-t>', 'acb|'],
    ['a<ctrl-a><ctrl-t>', '|a'],
    ['one two<ctrl-_>', 'one|'],
    ['one two<ctrl-_><ctrl-_>', '|'],
    ['one two<ctrl-w><ctrl-_>', 'one two|'],
    ['one two<ctrl-_><alt-_>', 'one two|'],
    ['one<ctrl-z><f5><ctrl-space>', 'one|'],
    ['漢字<left>x', '漢x|字'],
    ['a\u{1f468}\u200d\u{1f469}b<left><backspace>', 'a|b'],
    ['one<alt-enter>two<ctrl-a>X', 'one\nX|two'],
    ['one<alt-enter>two<home><backspace>', 'one|two'],
    ['one<alt-enter>two<ctrl-u><ctrl-u>', 'one|'],
    ['one<alt-enter>three<up>X', 'oneX|\nthree'],
    ['three<alt-enter>one<up>X<down>Y', 'thrXee\noneY|'],
  ] as const) {
    it(`${keys} makes ${JSON.stringify(shown)}`, () => assert.equal(new Typist().type(keys).shown, shown));
  }

  it('combines a mark with the character before it', () => {
    const typist = new Typist().type('ae<left>').type('\u0301');
    assert.equal(typist.shown, 'a\u0301|e');
    assert.equal(typist.type('<left>').shown, '|a\u0301e');
  });

  it('behaves as a list of characters with a cursor would, whatever is pressed', () => {
    const letters = ['a', 'b', ' ', '漢', '\u{1f600}', '\u{1f1e9}\u{1f1ea}', 'e\u0301'];
    const step = fc.oneof(
      fc.constantFrom(...letters),
      fc.constantFrom(
        '<left>',
        '<right>',
        '<home>',
        '<end>',
        '<backspace>',
        '<delete>',
        '<ctrl-k>',
        '<ctrl-u>',
      ),
      fc.constant('<ctrl-y>'),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const editor = new Editor();
        const model = new Model();
        for (const one of steps) {
          const name = /^<(.+)>$/.exec(one)?.[1];
          // Two flags side by side are one row of letters to some and two flags to others: keep them apart.
          if (name === undefined && one === '\u{1f1e9}\u{1f1ea}' && model.isBesideFlag) continue;
          editor.press(name === undefined ? { kind: 'text', text: one } : { kind: 'key', name });
          model.press(name ?? one);
          const { text, cursor } = editor.view.draft;
          assert.deepEqual({ text, cursor }, model.draft);
        }
      }),
    );
  });

  it('undoes everything, and redoes it', () => {
    const step = fc.constantFrom(
      'a',
      'b',
      ' ',
      '<backspace>',
      '<left>',
      '<ctrl-w>',
      '<ctrl-k>',
      '<ctrl-y>',
      '<ctrl-t>',
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const typist = new Typist().type(steps.join(''));
        const { text } = typist.editor.view.draft;
        for (const _ of steps) typist.type('<ctrl-_>');
        assert.equal(typist.editor.view.draft.text, '');
        for (const _ of steps) typist.type('<alt-_>');
        assert.equal(typist.editor.view.draft.text, text);
      }),
    );
  });

  it('keeps its cursor between characters, and no control character, whatever comes', () => {
    const names = [
      'left',
      'right',
      'up',
      'down',
      'backspace',
      'delete',
      'ctrl-w',
      'alt-d',
      'ctrl-y',
      'alt-y',
    ];
    const more = [
      'ctrl-t',
      'ctrl-_',
      'ctrl-r',
      'escape',
      'enter',
      'alt-enter',
      'tab',
      'ctrl-c',
      'home',
      'end',
      'ctrl-u',
    ];
    const text = anyString({ maxLength: 6 });
    const key = fc.oneof(
      fc.constantFrom(...names, ...more).map((name) => ({ kind: 'key', name }) as const),
      text.map(
        (typed) => ({ kind: 'text', text: typed.replaceAll(/[\x00-\x1f\x7f-\x9f]|\p{Cs}/gu, '') }) as const,
      ),
      text.map((pasted) => ({ kind: 'paste', text: pasted, isCut: false }) as const),
    );
    fc.assert(
      fc.property(fc.array(key, { maxLength: 40 }), (keys) => {
        const editor = new Editor(asks);
        for (const one of keys) {
          editor.press(one);
          const { draft } = editor.view;
          const boundaries = new Set([draft.text.length]);
          for (const { index } of new Intl.Segmenter().segment(draft.text)) boundaries.add(index);
          assert.ok(boundaries.has(draft.cursor), JSON.stringify(draft));
          assert.doesNotMatch(draft.text, /[\x00-\x08\x0b-\x1f\x7f-\x9f]|\p{Cs}/u);
        }
      }),
    );
  });
});

/** A list of characters with a cursor, and one cut text. */
class Model {
  #before: string[] = [];
  #after: string[] = [];
  #cut = '';
  #lastCut = '';

  get isBesideFlag(): boolean {
    return [this.#before.at(-1), this.#after[0]].includes('\u{1f1e9}\u{1f1ea}');
  }

  get draft(): { readonly text: string; readonly cursor: number } {
    const before = this.#before.join('');
    return { text: before + this.#after.join(''), cursor: before.length };
  }

  press(key: string): void {
    const before = this.#before;
    const after = this.#after;
    const wasCut = this.#lastCut;
    this.#lastCut = '';
    if (key === 'left') after.unshift(...before.splice(-1));
    else if (key === 'right') before.push(...after.splice(0, 1));
    else if (key === 'home') after.unshift(...before.splice(0));
    else if (key === 'end') before.push(...after.splice(0));
    else if (key === 'backspace') before.pop();
    else if (key === 'delete') after.shift();
    else if (key === 'ctrl-y') before.push(...segments(this.#cut));
    else if (key === 'ctrl-k' || key === 'ctrl-u') {
      const cut = (key === 'ctrl-k' ? after : before).splice(0).join('');
      this.#lastCut = 'cut';
      if (cut === '') return;
      if (wasCut === '') this.#cut = cut;
      else this.#cut = key === 'ctrl-k' ? this.#cut + cut : cut + this.#cut;
    } else before.push(key);
  }
}

function segments(text: string): string[] {
  return Array.from(new Intl.Segmenter().segment(text), ({ segment }) => segment);
}
