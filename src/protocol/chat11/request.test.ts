import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { byServer, readOne, readPieces } from '../../../tests/support/chat11-reading.ts';
import { anyRequest } from '../../../tests/support/chat11-values.ts';
import { encodeUtf8 } from '../text.ts';
import { Malformed } from './parcel.ts';
import { formatRequest, parseRequest, type Request, requestKinds } from './request.ts';

const hash = '0123456789abcdef'.repeat(4);

/** Request and wire, byte for byte; `\n\n` is appended to those without a body. */
const valid: readonly (readonly [wire: string, request: Request])[] = [
  ['NAME alice CHAT/1.1', { kind: 'name', name: 'alice' }],
  ['REGISTER alice CHAT/1.1', { kind: 'register', name: 'alice' }],
  [
    'REGISTER alice CHAT/1.1\nPassword: correct horse\nFollow: apple, @bob',
    { kind: 'register', name: 'alice', password: 'correct horse', follow: ['apple', '@bob'] },
  ],
  ['LOGIN alice CHAT/1.1', { kind: 'login', name: 'alice' }],
  [
    'LOGIN alice CHAT/1.1\nPassword: correct horse',
    { kind: 'login', name: 'alice', password: 'correct horse' },
  ],
  [
    'LOGIN alice CHAT/1.1\nToken: 6f1c\nSince: 4711\nEpoch: 9b2e\nFollow:',
    { kind: 'login', name: 'alice', token: '6f1c', since: 4711, epoch: '9b2e', follow: [] },
  ],
  ['LOGOUT CHAT/1.1', { kind: 'logout' }],
  ['LIST CHAT/1.1', { kind: 'list' }],
  ['FOLLOW CHAT/1.1\nTerm: apple', { kind: 'follow', term: 'apple' }],
  ['FOLLOW CHAT/1.1\nTerm: *\nSince: 0', { kind: 'follow', term: '*', since: 0 }],
  ['UNFOLLOW CHAT/1.1\nTerm: @bob', { kind: 'unfollow', term: '@bob' }],
  ['FOLLOWS CHAT/1.1', { kind: 'follows' }],
  ['SEND CHAT/1.1\nContent-Length: 4\n\nhé!', { kind: 'send', text: 'hé!' }],
  ['SEND CHAT/1.1\nId: 7\nContent-Length: 11\n\nhello apple', { kind: 'send', id: '7', text: 'hello apple' }],
  ['BROADCAST CHAT/1.1\nContent-Length: 2\n\nhi', { kind: 'broadcast', text: 'hi' }],
  ['SENDTO bob CHAT/1.1\nContent-Length: 2\n\nhi', { kind: 'sendto', to: 'bob', text: 'hi' }],
  [
    'PASSWORD CHAT/1.1\nPassword: old one\nNew-Password: new one',
    { kind: 'password', old: 'old one', password: 'new one' },
  ],
  ['DEVICES CHAT/1.1', { kind: 'devices' }],
  ['REVOKE 12 CHAT/1.1', { kind: 'revoke', device: 12 }],
  ['AUDIENCE CHAT/1.1\nContent-Length: 2\n\nhi', { kind: 'audience', text: 'hi' }],
  ['HISTORY CHAT/1.1', { kind: 'history' }],
  [
    'HISTORY CHAT/1.1\nBefore: 9007199254740991\nAfter: 3\nLimit: 200\nMatch: apple',
    { kind: 'history', before: Number.MAX_SAFE_INTEGER, after: 3, limit: 200, match: 'apple' },
  ],
  [
    `ATTACH CHAT/1.1\nName: my note.txt\nSize: 18\nSHA-256: ${hash}\nTerms: apple, @bob`,
    { kind: 'attach', name: 'my note.txt', bytes: 18, sha256: hash, terms: ['apple', '@bob'] },
  ],
  [
    'ATTACH CHAT/1.1\nName: a\nSize: 0\nTo: bob\nUpload: u1',
    { kind: 'attach', name: 'a', bytes: 0, to: 'bob', upload: 'u1' },
  ],
  [
    'DATA u1 CHAT/1.1\nOffset: 0\nContent-Length: 3\n\na\n\r',
    { kind: 'data', upload: 'u1', offset: 0, piece: encodeUtf8('a\n\r') },
  ],
  ['COMMIT u1 CHAT/1.1', { kind: 'commit', upload: 'u1' }],
  ['FETCH f1 CHAT/1.1', { kind: 'fetch', attachment: 'f1' }],
  ['FETCH f1 CHAT/1.1\nOffset: 65536', { kind: 'fetch', attachment: 'f1', offset: 65536 }],
  ['FETCH f1 CHAT/1.1\nLength: 9', { kind: 'fetch', attachment: 'f1', length: 9 }],
  ['PING CHAT/1.1', { kind: 'ping' }],
  ['DISCONNECT CHAT/1.1', { kind: 'disconnect' }],
];

const invalid: readonly (readonly [code: number, wire: string])[] = [
  [400, 'WHISPER CHAT/1.1'],
  [400, 'send CHAT/1.1'],
  [400, 'CONSTRUCTOR CHAT/1.1'],
  [400, '__proto__ CHAT/1.1'],
  [400, ' CHAT/1.1'],
  [400, 'NAME CHAT/1.1'],
  [422, 'NAME all CHAT/1.1'],
  [422, 'NAME two words CHAT/1.1'],
  [422, 'NAME  alice CHAT/1.1'],
  [422, 'REGISTER x_ CHAT/1.1'],
  [400, 'REGISTER alice CHAT/1.1\nPassword:'],
  [422, 'REGISTER alice CHAT/1.1\nFollow: apple, two words'],
  [400, 'LOGIN alice CHAT/1.1\nPassword: a\nToken: b'],
  [400, 'LOGIN alice CHAT/1.1\nToken: a\nSince: 1'],
  [400, 'LOGIN alice CHAT/1.1\nToken: a\nEpoch: b'],
  [400, 'LOGIN alice CHAT/1.1\nToken: é'],
  [400, 'LOGIN alice CHAT/1.1\nSince: -1\nEpoch: a'],
  [400, 'LIST bob CHAT/1.1'],
  [400, 'PING CHAT/1.1\nContent-Length: 2\n\nhi'],
  [400, 'FOLLOW CHAT/1.1'],
  [422, 'FOLLOW CHAT/1.1\nTerm:'],
  [422, 'FOLLOW CHAT/1.1\nTerm: two words'],
  [400, 'FOLLOW CHAT/1.1\nTerm: a\nSince: 1e3'],
  [422, 'UNFOLLOW CHAT/1.1\nTerm: a,b'],
  [400, 'SEND CHAT/1.1'],
  [400, 'SEND CHAT/1.1\nContent-Length: 0'],
  [400, 'SEND CHAT/1.1\nContent-Length: 3\n\na\nb'],
  [400, 'SEND CHAT/1.1\nContent-Length: 2\n\n\x1b['],
  [400, `SEND CHAT/1.1\nId: ${'x'.repeat(65)}\nContent-Length: 1\n\na`],
  [400, 'SEND CHAT/1.1\nId: two words\nContent-Length: 1\n\na'],
  [400, 'SEND CHAT/1.1\nId:\nContent-Length: 1\n\na'],
  [413, `SEND CHAT/1.1\nContent-Length: 65536\n\n${'a'.repeat(65_536)}`],
  [413, `SEND CHAT/1.1\nContent-Length: 262141\n\n${'a'.repeat(262_141)}`],
  [400, 'SENDTO CHAT/1.1\nContent-Length: 1\n\na'],
  [422, 'SENDTO @bob CHAT/1.1\nContent-Length: 1\n\na'],
  ...['0', '201', '-1', '+1', '01', '1.0', '0x10', ' ', '9007199254740992'].map(
    (limit) => [400, `HISTORY CHAT/1.1\nLimit: ${limit}`] as const,
  ),
  [400, 'HISTORY CHAT/1.1\nBefore: 9007199254740992'],
  [422, 'HISTORY CHAT/1.1\nMatch: two words'],
  [400, 'ATTACH CHAT/1.1\nName: a\nSize: 1'],
  [400, 'ATTACH CHAT/1.1\nName: a\nSize: 1\nTerms: b\nTo: bob'],
  [422, 'ATTACH CHAT/1.1\nName: ../a\nSize: 1\nTerms: b'],
  [422, 'ATTACH CHAT/1.1\nName: ..\nSize: 1\nTerms: b'],
  [400, 'ATTACH CHAT/1.1\nName: a\nTerms: b'],
  [400, 'ATTACH CHAT/1.1\nName: a\nSize: 1\nTerms: b\nSHA-256: 12'],
  [422, 'ATTACH CHAT/1.1\nName: a\nSize: 1\nTo: all'],
  [400, 'DATA CHAT/1.1\nOffset: 0\nContent-Length: 1\n\na'],
  [400, 'DATA u1 CHAT/1.1\nContent-Length: 1\n\na'],
  [400, 'DATA u1 CHAT/1.1\nOffset: 0'],
  [413, `DATA u1 CHAT/1.1\nOffset: 0\nContent-Length: 65537\n\n${'a'.repeat(65_537)}`],
  [400, 'COMMIT CHAT/1.1'],
  [400, `COMMIT ${'u'.repeat(65)} CHAT/1.1`],
  [400, 'FETCH two words CHAT/1.1'],
  [400, 'FETCH f1 CHAT/1.1\nOffset: x'],
];

const whole = (wire: string): Uint8Array => encodeUtf8(wire.includes('\n\n') ? wire : `${wire}\n\n`);

describe('requests', () => {
  for (const [wire, request] of valid) {
    it(`read and write ${JSON.stringify(wire.slice(0, 70))}`, () => {
      assert.deepEqual(parseRequest(readOne(whole(wire), byServer)), request);
      assert.deepEqual(formatRequest(request), whole(wire));
    });
  }

  it('all have an example', () => {
    assert.deepEqual([...new Set(valid.map(([, { kind }]) => kind))].sort(), [...requestKinds].sort());
  });

  for (const [code, wire] of invalid) {
    it(`that are malformed get ${code}: ${JSON.stringify(wire.slice(0, 70))}; the next one is parsed`, () => {
      const bytes = encodeUtf8(`${new TextDecoder().decode(whole(wire))}PING CHAT/1.1\n\n`);
      const [first, ping, ...others] = readPieces([bytes], byServer).map((one) =>
        one instanceof Malformed ? one : parseRequest(one),
      );
      assert.ok(first instanceof Malformed);
      assert.equal(first.code, code, first.text);
      assert.ok(!first.isFatal);
      assert.deepEqual([ping, ...others], [{ kind: 'ping' }]);
    });
  }

  it('have headers in any case and order, and any other header', () => {
    const wire = 'SEND CHAT/1.1\r\ncontent-LENGTH:2\r\n__proto__: x\r\nX-Other:  \r\niD: \t 7 \r\n\r\nhi';
    assert.deepEqual(parseRequest(readOne(encodeUtf8(wire), byServer)), {
      kind: 'send',
      id: '7',
      text: 'hi',
    });
  });

  it('take a hash in upper case, and lists with empty terms', () => {
    const wire = `ATTACH CHAT/1.1\nName: a\nSize: 1\nSHA-256: ${hash.toUpperCase()}\nTerms: ,a ,, b\n\n`;
    const request = parseRequest(readOne(encodeUtf8(wire), byServer));
    assert.deepEqual(request, { kind: 'attach', name: 'a', bytes: 1, sha256: hash, terms: ['a', 'b'] });
  });

  it('are parsed as they were formatted, whatever they hold', () => {
    fc.assert(
      fc.property(anyRequest, (request) => {
        assert.deepEqual(parseRequest(readOne(formatRequest(request), byServer)), request);
      }),
      { numRuns: 1000 },
    );
  });

  it('cannot be formatted with lines that a value smuggles in', () => {
    for (const password of ['a\nContent-Length: 9', 'a\r', ' a', 'a ', '\u0000']) {
      assert.throws(() => formatRequest({ kind: 'login', name: 'alice', password }), /cannot hold/);
    }
    assert.throws(() => formatRequest({ kind: 'sendto', to: 'bob CHAT/1.1\n\n', text: 'a' }), /cannot hold/);
  });

  it('are no responses', () => {
    const parcel = { start: { kind: 'status', code: 200, reason: 'OK' } as const, headers: new Map() };
    assert.ok(parseRequest({ ...parcel, body: new Uint8Array(0) }) instanceof Malformed);
  });
});
