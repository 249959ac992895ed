import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import {
  beginsHeaderBlock,
  parseAttachWords,
  parseContentLength,
  parseHeader,
  parseOpening,
  parseRequest,
  parseTermList,
  type Request,
} from './request.ts';

const text = (written: string): Request => ({ kind: 'text', text: written });
const command = (verb: string, rest = ''): Request => ({ kind: 'command', verb, rest });

describe('parseOpening', () => {
  it('reads REGISTER, a name and the version', () => {
    assert.deepEqual(parseOpening('REGISTER alice CHAT/1.0'), { kind: 'register', name: 'alice' });
  });

  it('refuses everything that is not exactly these three words', () => {
    for (const line of [
      '',
      'REGISTER',
      'REGISTER alice',
      'REGISTER alice CHAT/1.1',
      'REGISTER alice chat/1.0',
      'register alice CHAT/1.0',
      'REGISTER alice bob CHAT/1.0',
      'REGISTER  alice CHAT/1.0',
      'REGISTER alice CHAT/1.0 ',
      ' REGISTER alice CHAT/1.0',
      'REGISTER\talice\tCHAT/1.0',
      'GET / HTTP/1.1',
      '@alice: hello',
    ]) {
      assert.deepEqual(parseOpening(line), { kind: 'invalid' }, line);
    }
  });

  it('refuses names that are not allowed, `all` among them', () => {
    for (const name of ['all', 'ALL', '@bob', 'a:b', 'x'.repeat(21), 'é', '.a', '']) {
      assert.deepEqual(parseOpening(`REGISTER ${name} CHAT/1.0`), { kind: 'invalid' }, name);
    }
  });
});

describe('parseRequest', () => {
  const requests: readonly (readonly [line: string, meaning: Request])[] = [
    ['@alice: hello', text('hello')],
    ['@alice:hello', text('hello')],
    ['@alice hello', text('hello')],
    ['@alice:  two spaces', text(' two spaces')],
    ['plain line of an nc user', text('plain line of an nc user')],
    ['@alice: @alice: twice', text('@alice: twice')],
    ['@bob: spoofed', text('@bob: spoofed')],
    ['@Alice: other case', text('@Alice: other case')],
    ['@alice2: longer name', text('@alice2: longer name')],
    ['@alic: shorter name', text('@alic: shorter name')],
    ['@alice, hello', text('@alice, hello')],
    ['@alice', text('@alice')],
    [' @alice: space in front', text(' @alice: space in front')],
    ['', { kind: 'nothing' }],
    ['  \t', { kind: 'nothing' }],
    ['@alice:', { kind: 'nothing' }],
    ['@alice:  ', { kind: 'nothing' }],
    ['@alice ', { kind: 'nothing' }],
    ['DISCONNECT alice CHAT/1.0', { kind: 'disconnect' }],
    ['DISCONNECT bob CHAT/1.0', { kind: 'disconnect' }],
    ['DISCONNECT CHAT/1.0', { kind: 'disconnect' }],
    ['DISCONNECT alice CHAT/1.1', text('DISCONNECT alice CHAT/1.1')],
    ['DISCONNECT two words CHAT/1.0', text('DISCONNECT two words CHAT/1.0')],
    ['disconnect alice CHAT/1.0', text('disconnect alice CHAT/1.0')],
    ['@alice: DISCONNECT alice CHAT/1.0', text('DISCONNECT alice CHAT/1.0')],
    ['@alice: !list', command('!list')],
    ['@alice: !list ', command('!list')],
    ['@alice !list', command('!list')],
    ['!list', command('!list')],
    ['@alice: !follow?', command('!follow?')],
    ['@alice: !follow apple', command('!follow', 'apple')],
    ['@alice: !follow   two words ', command('!follow', 'two words')],
    ['@alice: !unfollow @bob', command('!unfollow', '@bob')],
    ['@alice: !exit', command('!exit')],
    ['@alice: !attach note.txt apple @bob', command('!attach', 'note.txt apple @bob')],
    ['@alice: !msg bob see  you', command('!msg', 'bob see  you')],
    ['@alice: !history 20', command('!history', '20')],
    ['@alice: !help', command('!help')],
    ['@alice: !LIST', command('!LIST')],
    ['@alice: !nonsense', command('!nonsense')],
    ['@alice: !', command('!')],
    ['@alice: ! list', command('!', 'list')],
    ['@alice: !follow\tapple', command('!follow', 'apple')],
    ['@alice: !!list', text('!list')],
    ['@alice: !!', text('!')],
    ['!!!', text('!!')],
    ['@bob: !exit', text('@bob: !exit')],
  ];
  for (const [line, meaning] of requests) {
    it(`reads ${JSON.stringify(line)} of alice as ${meaning.kind}`, () => {
      assert.deepEqual(parseRequest(line, 'alice'), meaning);
    });
  }

  it('takes off only the registered name, whatever its letters', () => {
    assert.deepEqual(parseRequest('@a.b: hi', 'a.b'), text('hi'));
    assert.deepEqual(parseRequest('@axb: hi', 'a.b'), text('@axb: hi'));
  });

  it('gives any text back as it was typed when it is neither blank nor a command', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (typed) => {
        fc.pre(typed.trim() !== '' && !typed.startsWith('!'));
        assert.deepEqual(parseRequest(`@alice: ${typed}`, 'alice'), text(typed));
      }),
    );
  });
});

describe('the header block', () => {
  it('begins with Follow or Password, in any case', () => {
    for (const line of ['Follow: apple', 'follow:', 'FOLLOW:a', 'Password: x'])
      assert.ok(beginsHeaderBlock(line), line);
    for (const line of [
      '',
      '@alice: Follow: x',
      'Follow apple',
      ' Follow: a',
      'Content-Length: 1',
      'hello: x',
    ]) {
      assert.ok(!beginsHeaderBlock(line), line);
    }
  });

  it('has lines of a name and a value', () => {
    assert.deepEqual(parseHeader('Follow: apple,pie'), { name: 'follow', value: 'apple,pie' });
    assert.deepEqual(parseHeader('Content-Length:18'), { name: 'content-length', value: '18' });
    assert.deepEqual(parseHeader('Password:  a: b '), { name: 'password', value: 'a: b' });
    assert.deepEqual(parseHeader('Follow:'), { name: 'follow', value: '' });
    assert.deepEqual(parseHeader('Password: a\u2028b'), { name: 'password', value: 'a\u2028b' });
    for (const line of ['', 'Follow', ': x', 'Fol low: x', '@alice: x', '-a: x', 'Follow : x']) {
      assert.equal(parseHeader(line), undefined, line);
    }
  });

  it('splits terms at commas, trims them and leaves empty ones out', () => {
    assert.deepEqual(parseTermList('apple,pie'), ['apple', 'pie']);
    assert.deepEqual(parseTermList(' apple , @bob,, two words ,'), ['apple', '@bob', 'two words']);
    assert.deepEqual(parseTermList(''), []);
    assert.deepEqual(parseTermList(' , '), []);
  });
});

describe('parseContentLength', () => {
  it('reads whole numbers that a double holds exactly, and -1', () => {
    assert.equal(parseContentLength('0'), 0);
    assert.equal(parseContentLength('18'), 18);
    assert.equal(parseContentLength('007'), 7);
    assert.equal(parseContentLength('-1'), -1);
    assert.equal(parseContentLength('9007199254740991'), Number.MAX_SAFE_INTEGER);
  });

  it('refuses every other form of a number', () => {
    for (const value of [
      ...[
        '',
        ' ',
        '-2',
        '-0',
        '-',
        '+5',
        '1e3',
        '0x10',
        '1.0',
        '1,000',
        '1 8',
        ' 18',
        '18 ',
        '18\n',
        '18 bytes',
      ],
      ...['NaN', 'Infinity', '١٨', '１８', '9007199254740992', '9'.repeat(20), '0'.repeat(20), '--1', '-1.0'],
    ]) {
      assert.equal(parseContentLength(value), undefined, JSON.stringify(value));
    }
  });

  it('gives a whole number from -1 up or nothing, whatever it reads', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.stringMatching(/^[-+0-9eEx.]{0,20}$/)), (value) => {
        const bytes = parseContentLength(value);
        assert.ok(bytes === undefined || (Number.isSafeInteger(bytes) && bytes >= -1));
      }),
    );
  });
});

describe('parseAttachWords', () => {
  it('reads the file and the terms', () => {
    for (const [rest, file, terms] of [
      ['note.txt apple @bob', 'note.txt', ['apple', '@bob']],
      ['note.txt', 'note.txt', []],
      ['note.txt   apple\t@bob ', 'note.txt', ['apple', '@bob']],
      ['../a/note.txt x', '../a/note.txt', ['x']],
      ['', '', []],
    ] as const) {
      assert.deepEqual(parseAttachWords(rest), { file, terms: [...terms] }, rest);
    }
  });

  it('takes a file name in double quotes with its spaces', () => {
    for (const [rest, file, terms] of [
      ['"my note.txt" apple', 'my note.txt', ['apple']],
      ['"my note.txt"', 'my note.txt', []],
      ['"a" "b"', 'a', ['"b"']],
      ['" " x', ' ', ['x']],
    ] as const) {
      assert.deepEqual(parseAttachWords(rest), { file, terms: [...terms] }, rest);
    }
  });

  it('takes quotes that do not enclose a whole word as they are', () => {
    for (const [rest, file, terms] of [
      ['"open.txt apple', '"open.txt', ['apple']],
      ['"a"b c', '"a"b', ['c']],
      ['"" x', '""', ['x']],
      ['a"b c"', 'a"b', ['c"']],
      ["'my note.txt'", "'my", ["note.txt'"]],
    ] as const) {
      assert.deepEqual(parseAttachWords(rest), { file, terms: [...terms] }, rest);
    }
  });
});
