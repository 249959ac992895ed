import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { anyString } from '../../../tests/support/any-string.ts';
import { processorMs } from '../../../tests/support/processor-time.ts';
import { propertyRuns } from '../../../tests/support/property-runs.ts';
import { baseName, fileNameProblem } from '../file-names.ts';
import { wireLimits } from '../limits.ts';
import { isUserName } from '../names.ts';
import { termProblem } from '../terms.ts';
import { isTextTooLong } from '../text.ts';
import { joinCommands, serverCommands } from './command-table.ts';
import { formatText, helpLines, type JoinCommand, parseTyped, type Typed } from './typed.ts';

const limits = { followTerms: 5 };
const parse = (line: string): Typed<JoinCommand> => parseTyped(line, joinCommands, limits);
const problemOf = (line: string): string => {
  const typed = parse(line);
  assert.equal(typed.kind, 'invalid', line);
  return typed.kind === 'invalid' ? typed.problem : '';
};

const long = 'x'.repeat(65);
const anyLine = fc.oneof(
  anyString(),
  fc
    .tuple(
      fc.constantFrom(...Object.keys(joinCommands), '!', '!!', '!nonsense', 'text'),
      fc.array(
        fc.oneof(
          fc.constantFrom(
            ' ',
            '\t',
            '\u00a0',
            '"',
            ',',
            '/',
            '..',
            '@',
            '*',
            'bob',
            'apple',
            '0',
            '20',
            '201',
          ),
          anyString({ maxLength: 4 }),
        ),
        { maxLength: 12 },
      ),
    )
    .map(([verb, parts]) => `${verb} ${parts.join('')}`),
);

describe('parseTyped', () => {
  const lines: readonly (readonly [line: string, meaning: Typed<JoinCommand>])[] = [
    ['', { kind: 'nothing' }],
    [' \t\u00a0', { kind: 'nothing' }],
    ['hello @bob', { kind: 'text', text: 'hello @bob' }],
    ['  two spaces ', { kind: 'text', text: '  two spaces ' }],
    ['@alice: hello', { kind: 'text', text: '@alice: hello' }],
    ['DISCONNECT alice CHAT/1.0', { kind: 'text', text: 'DISCONNECT alice CHAT/1.0' }],
    ['!!list', { kind: 'text', text: '!list' }],
    [' !!list ', { kind: 'text', text: '!list ' }],
    [' !list\t', { kind: 'list' }],
    ['!follow?', { kind: 'follows' }],
    ['!follow\tapple', { kind: 'follow', term: 'apple' }],
    ['!follow "apple pie"', { kind: 'follow', term: '"apple pie"' }],
    ['!follow  "Apple  pie" ', { kind: 'follow', term: '"Apple  pie"' }],
    ['!unfollow "apple pie"', { kind: 'unfollow', term: '"apple pie"' }],
    ['!mute "apple pie" 2h', { kind: 'mute', term: '"apple pie"', forMs: 7_200_000 }],
    ['!unmute "apple pie"', { kind: 'unmute', term: '"apple pie"' }],
    ['!search fig "apple pie" 5" pear', { kind: 'search', terms: ['fig', '"apple pie"', '5"', 'pear'] }],
    ['!attach f "apple pie" fig', { kind: 'attach', path: 'f', terms: ['"apple pie"', 'fig'] }],
    ['!attach "a b" "apple pie"', { kind: 'attach', path: 'a b', terms: ['"apple pie"'] }],
    ['!msg bob "apple pie" x', { kind: 'msg', to: 'bob', text: '"apple pie" x' }],
    ['!unfollow @bob', { kind: 'unfollow', term: '@bob' }],
    ['!msg bob  see  you ', { kind: 'msg', to: 'bob', text: 'see  you' }],
    ['!msg @bob  see  you ', { kind: 'msg', to: 'bob', text: 'see  you' }],
    ['!send @bob  a file', { kind: 'send', to: 'bob', file: 'a file' }],
    ['!msg bob !list', { kind: 'msg', to: 'bob', text: '!list' }],
    ['!attach "a b/c d.txt" apple @bob', { kind: 'attach', path: 'a b/c d.txt', terms: ['apple', '@bob'] }],
    ['!attach f a b c d e', { kind: 'attach', path: 'f', terms: ['a', 'b', 'c', 'd', 'e'] }],
    ['!history', { kind: 'history', count: undefined }],
    ['!history 1', { kind: 'history', count: 1 }],
    ['!history 200', { kind: 'history', count: 200 }],
    ['!history more', { kind: 'older-history' }],
    ['!search Apple @bob', { kind: 'search', terms: ['Apple', '@bob'] }],
    ['!search more', { kind: 'older-search' }],
    ['!search more more', { kind: 'search', terms: ['more', 'more'] }],
    ['!why', { kind: 'why' }],
    ['!set', { kind: 'settings' }],
    ['!set Bell OFF', { kind: 'set', setting: 'bell', value: 'off' }],
    ['!set times', { kind: 'set', setting: 'times', value: '' }],
    ['!fetch', { kind: 'fetch', file: undefined }],
    ['!fetch  my note.txt ', { kind: 'fetch', file: 'my note.txt' }],
    ['!fetch 1 as "my note.txt"', { kind: 'fetch', file: '1 as "my note.txt"' }],
    ["!send bob 'my note.txt'", { kind: 'send', to: 'bob', file: "'my note.txt'" }],
    ['!files', { kind: 'files' }],
    ['!cancel', { kind: 'cancel', file: undefined }],
    ['!cancel 12', { kind: 'cancel', file: '12' }],
    ['!password', { kind: 'password' }],
    ['!devices', { kind: 'devices' }],
    ['!devices  revoke 12', { kind: 'revoke', device: 12 }],
    ['!help', { kind: 'help' }],
    ['!exit', { kind: 'exit' }],
  ];
  for (const [line, meaning] of lines) {
    it(`reads ${JSON.stringify(line)} as ${meaning.kind}`, () => assert.deepEqual(parse(line), meaning));
  }

  const problems: readonly (readonly [line: string, problem: string])[] = [
    ['!LIST', 'Unknown command "!LIST"; !help lists them, !! in front sends it as text'],
    ['! list', 'Unknown command "!"; !help lists them, !! in front sends it as text'],
    ['!toString', 'Unknown command "!toString"; !help lists them, !! in front sends it as text'],
    ['!list all', 'Wrong number of words; it is used as: !list'],
    ['!follow', 'Wrong number of words; it is used as: !follow TERM'],
    [
      '!follow two words',
      'Wrong number of words; it is used as: !follow TERM; a phrase needs quotes, as in "apple pie"',
    ],
    ['!msg bob', 'Wrong number of words; it is used as: !msg NAME TEXT'],
    ['!send bob', 'Wrong number of words; it is used as: !send NAME FILE'],
    ['!send @@bob f', '"@@bob" is not a name'],
    ['!send @all f', '"@all" is not a name'],
    ['!attach f', 'Wrong number of words; it is used as: !attach FILE TERM...'],
    ['!history 1 2', 'Wrong number of words; it is used as: !history [N|more]'],
    [`!follow ${long}`, 'A term has at most 64 characters'],
    [`!unfollow ${long}`, 'A term has at most 64 characters'],
    ['!follow a,b', 'A term may not hold a comma; follow one term at a time'],
    ['!unfollow "a', 'A phrase has a quotation mark at its start and at its end, and no other'],
    ['!follow "apple"', 'A phrase has at least two words; a single word needs no quotation marks'],
    ['!msg @ hi', '"@" is not a name'],
    [`!msg ${long} hi`, `"${'x'.repeat(40)}…" is not a name`],
    [`!msg bob ${'é'.repeat(65_536)}`, 'A message has at most 65535 characters'],
    ['é'.repeat(65_536), 'A message has at most 65535 characters'],
    [`!!${'é'.repeat(65_535)}`, 'A message has at most 65535 characters'],
    ['!search', 'Wrong number of words; it is used as: !search WORD...|more'],
    ['!search a b,c', 'b,c: A term may not hold a comma; follow one term at a time'],
    ['!attach notes/ a', 'That is the name of a folder, not of a file'],
    [`!attach ${'x'.repeat(256)} a`, 'A file name has at most 255 bytes'],
    [`!attach ${'x/'.repeat(2_048)}y a`, 'The path of a file has at most 4096 characters'],
    ['!attach "my file"', 'Name at least one term to send the file to: !attach FILE TERM...'],
    ['!attach f a b c d e f', 'A file goes to at most 5 terms'],
    ['!attach f a b,c', 'b,c: A term may not hold a comma; follow one term at a time'],
    [`!attach f ${long}`, `"${'x'.repeat(40)}…": A term has at most 64 characters`],
    ...['0', '201', '1e2', '-1', '+1', '0x10', '1.0', '٣', '9'.repeat(400)].map(
      (count) => [`!history ${count}`, '!history takes a number from 1 to 200'] as const,
    ),
    ...['revoke', 'revoke one', 'revoke -1', 'list', '12'].map(
      (rest) =>
        [`!devices ${rest}`, 'It is !devices, or !devices revoke N with a number from that list'] as const,
    ),
  ];
  for (const [line, problem] of problems) {
    const shown = line.length > 60 ? `${line.slice(0, 60)}…` : line;
    it(`finds what is wrong with ${JSON.stringify(shown)}`, () => assert.equal(problemOf(line), problem));
  }

  it('knows the commands of its table and no others', () => {
    for (const line of ['!password', '!fetch 1']) {
      assert.equal(parseTyped(line, serverCommands, limits).kind, 'invalid', line);
    }
  });

  it('takes a text of as many characters as there may be, and one more for the `!` in front', () => {
    const text = `!${'🍎'.repeat(65_534)}`;
    assert.deepEqual(parse(`!${text}`), { kind: 'text', text });
  });

  it('returns valid arguments or a problem, whatever it reads', () => {
    fc.assert(
      fc.property(anyLine, (line) => isSound(parse(line))),
      { numRuns: propertyRuns(2_000, 20_000) },
    );
  });

  it('reads the path and the terms of `!attach` as they were written', () => {
    const path = anyString({ minLength: 1 }).filter(
      (text) => !text.includes('"') && fileNameProblem(baseName(text)) === undefined,
    );
    const term = anyString({ minLength: 1 }).filter((text) => termProblem(text) === undefined);
    const terms = fc.array(term, { minLength: 1, maxLength: limits.followTerms });
    fc.assert(
      fc.property(path, terms, (path, terms) => {
        assert.deepEqual(parse(`!attach "${path}" ${terms.join(' ')}`), { kind: 'attach', path, terms });
      }),
    );
  });

  it('costs no more than a few milliseconds, whatever is in the line', () => {
    for (const unit of [
      '"',
      ' ',
      '" ',
      '"a" ',
      '!',
      'a ',
      '\u00a0',
      '/',
      ',',
      '@',
      '1',
      '\u0301\u0316',
      '\u3300 ',
    ]) {
      const text = unit.repeat(wireLimits.lineBytes / unit.length);
      for (const line of [text, ...Object.keys(joinCommands).flatMap((verb) => linesWith(verb, text))]) {
        const ms = leastMs(line);
        assert.ok(ms < 10, `${JSON.stringify(line.slice(0, 20))}… took ${ms} ms`);
      }
    }
  });
});

/** Returns the time of the fastest of several attempts, because the first ones wait for the compiler. */
function leastMs(line: string): number {
  let least = Infinity;
  for (let attempt = 0; attempt < 5 && least >= 5; attempt++) {
    least = Math.min(
      least,
      processorMs(() => parse(line)),
    );
  }
  return least;
}

function linesWith(verb: string, text: string): string[] {
  return [
    `${verb} ${text}`,
    `${verb}${text}x`,
    `${verb} a ${text}`,
    `${verb} "${text}`,
    `${verb} "a" ${text}x`,
  ];
}

function isSound(typed: Typed<JoinCommand>): boolean {
  switch (typed.kind) {
    case 'text':
      return typed.text.trim() !== '' && !isTextTooLong(typed.text);
    case 'follow':
    case 'unfollow':
      return termProblem(typed.term) === undefined;
    case 'msg':
      return isUserName(typed.to) && typed.text !== '' && typed.text === typed.text.trim();
    case 'attach':
      return (
        fileNameProblem(baseName(typed.path)) === undefined &&
        typed.terms.length >= 1 &&
        typed.terms.length <= limits.followTerms &&
        typed.terms.every((term) => termProblem(term) === undefined)
      );
    case 'history':
      return typed.count === undefined || (typed.count >= 1 && typed.count <= wireLimits.historyLines);
    case 'invalid':
      return typed.problem !== '' && typed.problem.length < 200;
    default:
      return true;
  }
}

describe('formatText', () => {
  it('writes every text so that it is read as that text, and never as a command', () => {
    fc.assert(
      fc.property(fc.constantFrom('', ' ', '!', '!!', ' !'), anyString(), (front, rest) => {
        const text = front + rest;
        fc.pre(text.trim() !== '');
        const isShortened = /^\s+!/u.test(text);
        assert.deepEqual(parse(formatText(text)), {
          kind: 'text',
          text: isShortened ? text.trimStart() : text,
        });
      }),
    );
  });
});

describe('helpLines', () => {
  it('has a line for each command of the table', () => {
    assert.deepEqual(helpLines(serverCommands).slice(0, 3), [
      '!list                who is online\n',
      '!follow?             what you follow\n',
      '!follow TERM         get messages with this word, or by @NAME\n',
    ]);
    const verbs = helpLines(joinCommands).map((line) => line.split(' ')[0]?.trimEnd());
    assert.deepEqual(verbs, Object.keys(joinCommands));
  });
});
