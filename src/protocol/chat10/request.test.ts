import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { anyString } from '../../../tests/support/any-string.ts';
import {
  beginsHeaderBlock,
  isRawOpening,
  parseContentLength,
  parseHeader,
  parseOpening,
  parseRawOpening,
  parseRequest,
  type Request,
} from './request.ts';

const text = (written: string): Request => ({ kind: 'text', text: written });
const invalid = (problem: string): Request => ({ kind: 'invalid', problem });
const unknown = (verb: string): Request =>
  invalid(`Unknown command "${verb}"; !help lists them, !! in front sends it as text`);
const limits = { followTerms: 200 };

describe('parseOpening', () => {
  it('reads REGISTER, a name and the version', () => {
    assert.deepEqual(parseOpening('REGISTER alice CHAT/1.0'), { kind: 'register', name: 'alice' });
  });

  it('takes blanks and TABs between the words and after them', () => {
    for (const line of [
      'REGISTER  alice CHAT/1.0',
      'REGISTER alice  CHAT/1.0',
      'REGISTER alice CHAT/1.0 ',
      'REGISTER\talice \tCHAT/1.0\t ',
    ]) {
      assert.deepEqual(parseOpening(line), { kind: 'register', name: 'alice' }, line);
    }
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
      ' REGISTER alice CHAT/1.0',
      'REGISTERalice CHAT/1.0',
      'REGISTER aliceCHAT/1.0',
      'REGISTER\u00a0alice CHAT/1.0',
      'REGISTER\u000balice CHAT/1.0',
      'REGISTER alice CHAT/1.0\r',
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

describe('parseRawOpening', () => {
  it('takes what parseOpening takes, and REGESTER', () => {
    const alice = { kind: 'register', name: 'alice' };
    assert.deepEqual(parseRawOpening('REGISTER alice CHAT/1.0'), alice);
    assert.deepEqual(parseRawOpening('REGESTER alice CHAT/1.0'), alice);
    for (const read of [
      '',
      'REGASTER alice CHAT/1.0',
      'REGESTER all CHAT/1.0',
      'REGISTER alice CHAT/1.0\nhello',
    ])
      assert.deepEqual(parseRawOpening(read), { kind: 'invalid' }, read);
  });
});

describe('isRawOpening', () => {
  it('takes what begins and ends as a registration does, valid or not', () => {
    for (const read of [
      'REGISTER alice CHAT/1.0',
      'REGESTER alice CHAT/1.0',
      'REGISTER\talice \tCHAT/1.0 ',
      'REGISTER all CHAT/1.0',
      'REGISTER two words CHAT/1.0',
      'REGISTER CHAT/1.0',
      'REGISTER alice CHAT/2.0',
    ])
      assert.ok(isRawOpening(read), read);
  });

  it('waits for more where more may come', () => {
    for (const read of [
      '',
      'REGISTER',
      'REGISTER alice',
      'REGISTER alice CHAT',
      'REGISTER alice CHAT/',
      'REGISTER alice CHAT/1',
      'REGISTER alice CHAT/1.',
      'REGISTER alice CHAT/1.1',
      'REGISTER alice CHAT/1.1?',
      'REGISTERCHAT/1.0',
      ' REGISTER alice CHAT/1.0',
      'REGISTER alice CHAT/1.0\n',
      'REGISTER alice CHAT/1.0\nhello',
      'login CHAT/1.0',
    ])
      assert.ok(!isRawOpening(read), read);
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
    ['DISCONNECT  alice\tCHAT/1.0 ', { kind: 'disconnect' }],
    ['DISCONNECTalice CHAT/1.0', text('DISCONNECTalice CHAT/1.0')],
    [' DISCONNECT alice CHAT/1.0', text(' DISCONNECT alice CHAT/1.0')],
    ['DISCONNECT alice CHAT/1.1', text('DISCONNECT alice CHAT/1.1')],
    ['DISCONNECT two words CHAT/1.0', text('DISCONNECT two words CHAT/1.0')],
    ['disconnect alice CHAT/1.0', text('disconnect alice CHAT/1.0')],
    ['@alice: DISCONNECT alice CHAT/1.0', text('DISCONNECT alice CHAT/1.0')],
    ['REGISTER alice CHAT/1.0', { kind: 'register' }],
    ['REGISTER  bob\tCHAT/1.0 ', { kind: 'register' }],
    ['REGISTER two words CHAT/1.0', { kind: 'register' }],
    ['REGISTER CHAT/1.0', { kind: 'register' }],
    ['REGISTER alice', text('REGISTER alice')],
    ['REGISTERalice CHAT/1.0', text('REGISTERalice CHAT/1.0')],
    ['to REGISTER alice CHAT/1.0', text('to REGISTER alice CHAT/1.0')],
    ['@alice: REGISTER alice CHAT/1.0', text('REGISTER alice CHAT/1.0')],
    ['@alice: !list', { kind: 'list' }],
    ['@alice: !list ', { kind: 'list' }],
    ['@alice !list', { kind: 'list' }],
    ['!list', { kind: 'list' }],
    ['@alice: !follow?', { kind: 'follows' }],
    ['@alice: !follow apple', { kind: 'follow', term: 'apple' }],
    [
      '@alice: !follow   two words ',
      invalid('Wrong number of words; it is used as: !follow TERM; a phrase needs quotes, as in "apple pie"'),
    ],
    ['@alice: !unfollow @bob', { kind: 'unfollow', term: '@bob' }],
    ['@alice: !exit', { kind: 'exit' }],
    ['@alice: !attach note.txt apple @bob', { kind: 'attach', path: 'note.txt', terms: ['apple', '@bob'] }],
    ['@alice: !msg bob see  you', { kind: 'msg', to: 'bob', text: 'see  you' }],
    ['@alice: !history 20', { kind: 'history', count: 20 }],
    ['@alice: !help', { kind: 'help' }],
    ['@alice: !LIST', unknown('!LIST')],
    ['@alice: !nonsense', unknown('!nonsense')],
    ['@alice: !', unknown('!')],
    ['@alice: ! list', unknown('!')],
    ['@alice: !follow\tapple', { kind: 'follow', term: 'apple' }],
    ['@alice: !!list', text('!list')],
    ['@alice: !!', text('!')],
    ['!!!', text('!!')],
    ['@bob: !exit', text('@bob: !exit')],
  ];
  for (const [line, meaning] of requests) {
    it(`reads ${JSON.stringify(line)} of alice as ${meaning.kind}`, () => {
      assert.deepEqual(parseRequest(line, 'alice', limits), meaning);
    });
  }

  it('removes only the registered name, whatever its characters', () => {
    assert.deepEqual(parseRequest('@a.b: hi', 'a.b', limits), text('hi'));
    assert.deepEqual(parseRequest('@axb: hi', 'a.b', limits), text('@axb: hi'));
  });

  it('returns any text as it was typed when it is neither blank nor a command', () => {
    fc.assert(
      fc.property(anyString(), (typed) => {
        fc.pre(typed.trim() !== '' && !typed.startsWith('!'));
        assert.deepEqual(parseRequest(`@alice: ${typed}`, 'alice', limits), text(typed));
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

  it('returns a whole number from -1 up or undefined, whatever it reads', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.stringMatching(/^[-+0-9eEx.]{0,20}$/)), (value) => {
        const bytes = parseContentLength(value);
        assert.ok(bytes === undefined || (Number.isSafeInteger(bytes) && bytes >= -1));
      }),
    );
  });
});
