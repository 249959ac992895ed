import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { anyString } from '../../../../tests/support/any-string.ts';
import { joinCommands } from '../../../protocol/commands/command-table.ts';
import { distanceOf, nearest } from './nearest.ts';
import { aliasesOf, parseLine, understand, verbOf } from './typed-words.ts';

describe('understand', () => {
  const bob = { kind: 'msg', to: 'bob', text: 'Hi  There' };
  for (const [line, typed] of [
    ['!msg bob Hi  There', bob],
    ['/msg bob Hi  There', bob],
    ['/MSG bob Hi  There', bob],
    ['!Tell bob Hi  There', bob],
    ['  /list', { kind: 'list' }],
    ['/quit', { kind: 'exit' }],
    ['!QUIT', { kind: 'exit' }],
    ['/?', { kind: 'help' }],
    ['/follow?', { kind: 'follows' }],
    ['/join #ops', { kind: 'follow', term: '#ops' }],
    ['/help follow', { kind: 'explain', command: 'follow' }],
    ['Help', { kind: 'help' }],
    ['?', { kind: 'help' }],
    ['quit ', { kind: 'exit' }],
    ['EXIT', { kind: 'exit' }],
    [' quit', { kind: 'text', text: ' quit' }],
    ['quit now', { kind: 'text', text: 'quit now' }],
    ['??', { kind: 'text', text: '??' }],
    ['//shrug', { kind: 'text', text: '/shrug' }],
    ['//list', { kind: 'text', text: '/list' }],
    ['/etc/hosts is gone', { kind: 'text', text: '/etc/hosts is gone' }],
    ['/', { kind: 'text', text: '/' }],
    ['/ list', { kind: 'text', text: '/ list' }],
    ['/24 is a small net', { kind: 'text', text: '/24 is a small net' }],
    ['!!list', { kind: 'text', text: '!list' }],
    ['constructor', { kind: 'text', text: 'constructor' }],
    [' ', { kind: 'nothing' }],
  ] as const) {
    it(`takes ${JSON.stringify(line)} for ${JSON.stringify(typed)}`, () => {
      assert.deepEqual(understand(line).typed, typed);
    });
  }

  it('tells how to send a word that it took for a command', () => {
    assert.equal(understand('Quit').hint, 'To send "quit" as a text, type a space in front of it.');
    assert.equal(understand('!quit').hint, undefined);
  });

  for (const [line, problem] of [
    ['!folow apple', 'Unknown command "!folow"; did you mean !follow? !! in front sends it as text'],
    ['/folow', 'Unknown command "/folow"; did you mean !follow? //folow sends it as text'],
    ['/quitt', 'Unknown command "/quitt"; did you mean !quit? //quitt sends it as text'],
    ['/me waves', 'Unknown command "/me"; !help lists them, //me sends it as text'],
    ['!dance', 'Unknown command "!dance"; !help lists them, !! in front sends it as text'],
    ['!constructor', 'Unknown command "!constructor"; !help lists them, !! in front sends it as text'],
  ] as const) {
    it(`refuses ${line}`, () => assert.deepEqual(understand(line).typed, { kind: 'invalid', problem }));
  }

  it('leaves what scripts say alone, but for the names of commands', () => {
    for (const line of ['/list', 'quit', '//x', '?', '/me']) {
      assert.deepEqual(parseLine(line), { kind: 'text', text: line });
    }
    assert.deepEqual(parseLine('!WHO'), { kind: 'list' });
  });

  it('sends, refuses or obeys whatever is typed, and sends nothing but what was typed', () => {
    const starts = ['', '!', '!!', '/', '//', ' ', ...Object.keys(joinCommands)];
    fc.assert(
      fc.property(fc.constantFrom(...starts), anyString(), (start, rest) => {
        const line = `${start}${rest}`;
        const { typed } = understand(line);
        if (typed.kind === 'nothing') assert.equal(line.trim(), '');
        else if (typed.kind === 'text') assert.ok(line.endsWith(typed.text));
        else assert.match(line.trimStart(), /^(?:[!/]|help|\?|quit|exit)/i);
      }),
    );
  });

  it('has aliases only for commands, and for none of their names', () => {
    for (const verb of Object.keys(joinCommands)) assert.equal(verbOf(verb.toUpperCase()), verb);
    assert.deepEqual(aliasesOf('!exit'), ['!quit', '!bye']);
  });
});

describe('nearest', () => {
  it('finds what one or two typing errors made of a word', () => {
    const words = ['!list', '!follow', '!unfollow', '!history', '!exit'];
    assert.equal(nearest('!lsit', words), '!list');
    assert.equal(nearest('!folow', words), '!follow');
    assert.equal(nearest('!hisotyr', words), '!history');
    assert.equal(nearest('!dance', words), undefined);
    assert.equal(nearest('!'.repeat(1_000_000), words), undefined);
  });

  it('measures a distance: symmetric, 0 only for the same word, and at most the longer length', () => {
    const word = fc.string({ maxLength: 8, unit: fc.constantFrom('a', 'b', 'c') });
    fc.assert(
      fc.property(word, word, (a, b) => {
        const distance = distanceOf(a, b);
        assert.equal(distance, distanceOf(b, a));
        assert.equal(distance === 0, a === b);
        assert.ok(distance >= Math.abs(a.length - b.length) && distance <= Math.max(a.length, b.length));
      }),
    );
  });
});
