import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { wireLimits } from '../../../protocol/limits.ts';
import { LinesAtOnce } from './several-lines.ts';

/** Lines as a prompt gives them, and what becomes of them; `answer` lets the server take the oldest line. */
function scene() {
  const obeyed: string[] = [];
  const told: string[] = [];
  const answers: (() => void)[] = [];
  const screen = {
    entered: () => {},
    draft: (text: string) => told.push(text),
    notice: (text: string) => told.push(text),
    problem: (text: string) => told.push(text),
  };
  const lines = new LinesAtOnce(screen, (line) => {
    obeyed.push(line);
    return new Promise((resolve) => answers.push(resolve));
  });
  const answer = async () => {
    answers.shift()?.();
    await new Promise(setImmediate);
  };
  return { lines, obeyed, told, answer };
}

const asLines = 'Enter sends them as lines';

describe('lines at once', () => {
  for (const [typed, text, question, ...obeyed] of [
    ['', '!exit\n\n  !list\nhi', asLines, '!!exit', '!!list', 'hi'],
    ['', '!!x\ny', asLines, '!!!x', 'y'],
    ['say ', 'say !exit\n!exit', asLines, 'say !exit', '!!exit'],
    ['!!', '!!a\nb', asLines, '!!a', 'b'],
    [
      '!msg bob ',
      '!msg bob a\n!exit\n\nb',
      'Enter sends each to bob',
      '!msg bob a',
      '!msg bob !exit',
      '!msg bob b',
    ],
    ['!msg bob x\n!exit', '!msg bob x\n!exit', 'Enter sends each to bob', '!msg bob x', '!msg bob !exit'],
    ['!follow ', '!follow a\nb', undefined],
    ['!msg', '!msga\nb', undefined],
    ['', 'x\n'.repeat(10_001), undefined],
    ['', `${'x'.repeat(wireLimits.textCharacters + 1)}\ny`, undefined],
    ['', 'some words\n'.repeat(9_999) + 'y'.repeat(65_000).concat('\n').repeat(20), undefined],
  ] as const) {
    it(`behind ${JSON.stringify(typed)}: ${JSON.stringify(text.slice(0, 40))}`, () => {
      const { lines, obeyed: sent } = scene();
      assert.equal(lines.asLines({ text, typed }), question);
      if (question === undefined) return;
      lines.send({ text, typed });
      assert.deepEqual(sent, obeyed);
    });
  }

  it('hands over a few at a time, in order, until it is stopped', async () => {
    const { lines, obeyed, told, answer } = scene();
    const all = Array.from({ length: 30 }, (_, index) => `line ${index}`);
    assert.equal(lines.cancel(), false);
    lines.send({ text: all.join('\n'), typed: '' });
    assert.deepEqual(obeyed, all.slice(0, 16));
    await answer();
    await answer();
    assert.deepEqual(obeyed, all.slice(0, 18));
    assert.equal(lines.cancel(), true);
    assert.equal(lines.cancel(), false);
    for (const _ of obeyed) await answer();
    assert.deepEqual(obeyed, all.slice(0, 18));
    assert.deepEqual(told, ['Sending 30 lines; Esc stops.', 'Stopped after 18 of 30 lines.']);
    lines.send({ text: 'a\nb', typed: '' });
    assert.deepEqual(obeyed.slice(18), ['a', 'b']);
  });
});
