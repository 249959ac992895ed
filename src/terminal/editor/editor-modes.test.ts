import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { asks, Typist } from '../../../tests/support/typist.ts';

describe('history', () => {
  it('goes up and down, and keeps the draft', () => {
    const typist = new Typist().type('one<enter>two<enter>half<up>');
    assert.equal(typist.shown, 'two|');
    assert.equal(typist.type('<up><up>').shown, 'one|');
    assert.equal(typist.type('<down><down>').shown, 'half|');
    assert.equal(typist.type('<down>').shown, 'half|');
  });

  it('has neither blank nor repeated lines, and none that were secret', () => {
    const typist = new Typist({ ...asks, history: ['old'] }).type('a<enter> <enter>a<enter>');
    typist.editor.setSecret(true);
    typist.type('hunter2<ctrl-w><enter>');
    typist.editor.setSecret(false);
    assert.equal(typist.type('<up>').shown, 'a|');
    assert.equal(typist.type('<up>').shown, 'old|');
    assert.equal(typist.type('<up><down><down><ctrl-y>').shown, '|');
  });

  it('keeps the last thousand lines', () => {
    const history = Array.from({ length: 1_500 }, (_, index) => `line ${index}`);
    const typist = new Typist({ history }).type('<up>'.repeat(2_000));
    assert.equal(typist.shown, 'line 500|');
  });

  it('is searched backwards', () => {
    const typist = new Typist({ history: ['the word', 'a sword', 'other'] }).type('draft<ctrl-r>WOR');
    assert.equal(typist.shown, 'a s|word');
    assert.deepEqual(typist.editor.view.search, { part: 'WOR', isFound: true });
    assert.equal(typist.type('<ctrl-r>').shown, 'the |word');
    assert.equal(typist.type('<ctrl-r>').editor.view.search?.isFound, false);
    assert.equal(typist.shown, 'the |word');
    assert.equal(typist.type('<enter>').shown, 'the |word');
    assert.deepEqual(typist.effects, []);
    assert.equal(typist.editor.view.search, undefined);
  });

  it('leaves the search by Escape with the draft as it was, by another key with the line', () => {
    const history = ['the word'];
    assert.equal(new Typist({ history }).type('dr<left><ctrl-r>wor<escape>').shown, 'd|r');
    assert.equal(new Typist({ history }).type('dr<ctrl-r>wor<ctrl-e>!').shown, 'the word!|');
    assert.equal(new Typist({ history }).type('dr<ctrl-r>none<right>x').shown, 'drx|');
    assert.equal(new Typist({ history }).type('dr<ctrl-r>worx<backspace><enter>').shown, 'the |word');
    assert.equal(new Typist({ history }).type('dr<ctrl-r>wor<enter><ctrl-_>').shown, 'dr|');
  });
});

describe('entering and leaving', () => {
  it('enters the line', () => {
    assert.deepEqual(new Typist().type('hi<enter><enter>').effects, [
      { kind: 'line', text: 'hi' },
      { kind: 'line', text: '' },
    ]);
  });

  it('clears a draft at Ctrl-C, and leaves when there is none', () => {
    assert.deepEqual(new Typist().type('hi<ctrl-c><ctrl-c>').effects, [
      { kind: 'discarded', text: 'hi' },
      { kind: 'leave' },
    ]);
    assert.deepEqual(new Typist().type('<ctrl-d>').effects, [{ kind: 'leave' }]);
  });

  it('leaves at Ctrl-C whatever secret is typed', () => {
    const typist = new Typist();
    typist.editor.setSecret(true);
    assert.deepEqual(typist.type('pass<ctrl-c>').effects, [{ kind: 'leave' }]);
  });
});

describe('several lines', () => {
  const lines = 'one\ntwo\n\nthree';

  it('are asked about, and sent or made a file as the user wants', () => {
    for (const [key, kind] of [
      ['<enter>', 'lines'],
      ['f', 'file'],
    ] as const) {
      const typist = new Typist().paste('one\r\ntwo\r\rthree\n');
      assert.deepEqual(typist.editor.view.question, {
        text: lines,
        typed: '',
        count: 3,
        isPaste: true,
        asLines: 'Enter sends them as lines',
      });
      assert.deepEqual(typist.type(`x<left>${key}`).effects, [{ kind, lines: { text: lines, typed: '' } }]);
      assert.equal(typist.shown, '|');
    }
  });

  it('belong to the draft around them', () => {
    const typist = new Typist().type('ab<left>').paste('1\n2').type('<enter>');
    assert.deepEqual(typist.effects, [{ kind: 'lines', lines: { text: 'a1\n2b', typed: 'a' } }]);
  });

  it('are forgotten at Escape, and the draft stays', () => {
    const typist = new Typist().type('ab<left>').paste('1\n2').type('<escape>');
    assert.equal(typist.shown, 'a|b');
    assert.equal(typist.editor.view.question, undefined);
    assert.deepEqual(typist.effects, []);
  });

  it('that are typed are asked about at Enter', () => {
    const typist = new Typist().type('one<alt-enter>two<enter>');
    assert.equal(typist.editor.view.question?.isPaste, false);
    assert.equal(typist.type('<escape>').shown, 'one\ntwo|');
    const both = { text: 'one\ntwo', typed: 'one\ntwo' };
    assert.deepEqual(typist.type('<enter><enter>').effects, [{ kind: 'lines', lines: both }]);
  });

  it('cannot be sent as lines when the face does not allow it', () => {
    const typist = new Typist({ asLines: () => undefined }).paste(lines).type('<enter>');
    assert.deepEqual(typist.effects, []);
    assert.deepEqual(typist.type('f').effects, [{ kind: 'file', lines: { text: lines, typed: '' } }]);
  });

  it('are entered as if they were typed where nobody asks, and where they are secret', () => {
    const open = new Typist({}).paste('one\ntwo\nthr');
    const secret = new Typist();
    secret.editor.setSecret(true);
    for (const typist of [open, secret.paste('one\ntwo\nthr')]) {
      assert.deepEqual(typist.effects, [
        { kind: 'line', text: 'one' },
        { kind: 'line', text: 'two' },
      ]);
      assert.equal(typist.shown, 'thr|');
    }
  });

  it('of which only one is left go into the draft, with TABs and without control characters', () => {
    assert.equal(new Typist().paste('a\tb\x1b[31m\x07c\u2028\r\n').shown, 'a\tb[31mc|');
  });

  it('are not taken when they are too many, nor is a line that is too long where nobody asks', () => {
    const isCut = { kind: 'paste', text: 'x', isCut: true } as const;
    assert.deepEqual(new Typist().press(isCut).effects, [{ kind: 'too-long' }]);
    assert.deepEqual(new Typist({}).paste('x'.repeat(200_000)).effects, [{ kind: 'too-long' }]);
    assert.equal(new Typist().paste('x'.repeat(200_000)).editor.view.question?.count, 1);
  });
});

describe('completion', () => {
  const offer = (typist: Typist, candidates: readonly string[], from = 0): Typist => {
    const effect = typist.effects.at(-1);
    assert.ok(effect?.kind === 'complete');
    typist.editor.offer(effect.draft, { from, candidates }, effect.by);
    return typist;
  };

  it('takes the only candidate', () => {
    assert.equal(offer(new Typist().type('!fo<tab>'), ['!follow ']).shown, '!follow |');
  });

  it('completes what candidates have in common, then goes through them and around', () => {
    const typist = offer(new Typist().type('x @b<tab>'), ['@bob ', '@bobby '], 2);
    assert.equal(typist.shown, 'x @bob|');
    const around = ['x @bob |', 'x @bobby |', 'x @bob |'];
    for (const shown of around) assert.equal(typist.type('<tab>').shown, shown);
    assert.equal(typist.type('<shift-tab>').shown, 'x @bobby |');
    assert.deepEqual(typist.editor.view.choice, { candidates: ['@bob ', '@bobby '], chosen: 1 });
    assert.equal(typist.type('!').shown, 'x @bobby !|');
    assert.equal(typist.editor.view.choice, undefined);
  });

  it('begins with the last candidate at Shift-Tab, and returns at Escape', () => {
    const typist = offer(new Typist().type('@b<shift-tab>'), ['@b1 ', '@b2 ']);
    assert.equal(typist.shown, '@b2 |');
    assert.equal(typist.type('<escape>').shown, '@b|');
  });

  it('does nothing when the draft is another one by then, or nothing was found', () => {
    assert.equal(offer(new Typist().type('!f<tab>'), []).shown, '!f|');
    const typist = new Typist().type('!f<tab>');
    const [effect] = typist.effects;
    assert.ok(effect?.kind === 'complete');
    typist.type('e').editor.offer(effect.draft, { from: 0, candidates: ['!follow '] }, 1);
    assert.equal(typist.shown, '!fe|');
  });

  it('offers no name with control characters', () => {
    const typist = offer(new Typist().type('a<tab>'), ['a\x1b[31m', 'a\nb', 'a\u2028b', 'ab ', 'a\tc']);
    assert.equal(typist.shown, 'ab |');
    assert.equal(typist.editor.view.choice, undefined);
  });

  it('is undone', () => {
    assert.equal(offer(new Typist().type('!fo<tab>'), ['!follow ']).type('<ctrl-_>').shown, '!fo|');
  });

  it('is not asked for a secret, nor where there is none', () => {
    assert.equal(new Typist({}).type('a<tab>b').shown, 'a\tb|');
    const typist = new Typist();
    typist.editor.setSecret(true);
    assert.deepEqual(typist.type('a<tab>').effects, []);
  });
});
