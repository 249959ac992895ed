import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { byClient, readOne } from '../../../tests/support/chat11-reading.ts';
import { anyFailure, anyResponse } from '../../../tests/support/chat11-values.ts';
import { encodeUtf8 } from '../text.ts';
import { Malformed } from './parcel.ts';
import {
  type AnsweredKind,
  dataFailure,
  type Failure,
  failure,
  failureOf,
  formatFailure,
  formatResponse,
  isDataFailure,
  parseResponse,
  type Response,
} from './response.ts';

const hash = '0123456789abcdef'.repeat(4);

const valid: readonly (readonly [wire: string, response: Response])[] = [
  ['200 Name looked up\nStatus: guest\nOnline: yes\n\n', { kind: 'name', status: 'guest', online: true }],
  [
    '200 Registered\nToken: 6f1c\nEpoch: 9b2e\nPosition: 0\n\n',
    { kind: 'register', token: '6f1c', epoch: '9b2e', position: 0 },
  ],
  [
    '200 Logged in\nToken: 6f1c\nEpoch: 9b2e\nPosition: 5023\n\n',
    { kind: 'login', token: '6f1c', epoch: '9b2e', position: 5023 },
  ],
  ['200 Logged out\n\n', { kind: 'logout' }],
  ['200 Online\nContent-Length: 10\n\nalice\nbob\n', { kind: 'list', names: ['alice', 'bob'] }],
  ['200 Online\nContent-Length: 0\n\n', { kind: 'list', names: [] }],
  ['200 Now following\n\n', { kind: 'follow' }],
  ['200 No longer following\n\n', { kind: 'unfollow' }],
  ['200 Following\nContent-Length: 11\n\napple\n@bob\n', { kind: 'follows', terms: ['apple', '@bob'] }],
  ['200 Sent\nPosition: 5025\nReached: 4\n\n', { kind: 'send', position: 5025, reached: 4 }],
  ['200 Sent\nPosition: 1\nReached: 0\n\n', { kind: 'broadcast', position: 1, reached: 0 }],
  ['200 Sent\nPosition: 1\nReached: 1\n\n', { kind: 'sendto', position: 1, reached: 1 }],
  [
    '200 Counted\nPeople: 4\nFew: no\nContent-Length: 6\n\napple\n',
    { kind: 'audience', people: 4, few: false, terms: ['apple'] },
  ],
  ['200 Password changed\nToken: 6f1c\n\n', { kind: 'password', token: '6f1c' }],
  [
    '200 Devices\nContent-Length: 64\n\n7 1970-01-01T00:00:00.000Z 1970-01-01T00:00:01.000Z no a label \n',
    {
      kind: 'devices',
      devices: [{ id: 7, madeMs: 0, usedMs: 1_000, isThis: false, label: 'a label ' }],
    },
  ],
  ['200 Revoked\n\n', { kind: 'revoke' }],
  ['200 End of history\n\n', { kind: 'history' }],
  ['201 Upload begun\nUpload: u1\nOffset: 0\n\n', { kind: 'attach', upload: 'u1', offset: 0 }],
  [
    `200 Attached\nPosition: 2\nReached: 1\nSHA-256: ${hash}\n\n`,
    { kind: 'commit', position: 2, reached: 1, sha256: hash },
  ],
  [`200 Found\nSize: 18\nSHA-256: ${hash}\n\n`, { kind: 'fetch', bytes: 18, sha256: hash }],
  ['200 Pong\n\n', { kind: 'ping' }],
  ['200 Goodbye\n\n', { kind: 'disconnect' }],
];

const failures: readonly (readonly [wire: string, failure: Failure])[] = [
  ['401 Client already registered\n\n', failure(401)],
  ['400 Limit must be a number\n\n', failure(400, 'Limit must be a number')],
  ['429 Slow down\nRetry-After: 3\n\n', { ...failure(429), retryAfterS: 3 }],
  ['409 Conflict\nRequest: DATA\nUpload: u1\n\n', dataFailure(failure(409), 'u1')],
  ['400 Malformed\nRequest: DATA\n\n', dataFailure(failure(400), 'no id')],
];

const invalid: readonly (readonly [kind: AnsweredKind, wire: string])[] = [
  ['ping', '302 Elsewhere\n\n'],
  ['ping', '100 Continue\n\n'],
  ['ping', 'RESET CHAT/1.1\nEpoch: a\n\n'],
  ['name', '200 OK\nStatus: unknown\nOnline: yes\n\n'],
  ['name', '200 OK\nStatus: free\nOnline: maybe\n\n'],
  ['name', '200 OK\nStatus: free\n\n'],
  ['login', '200 OK\nToken: a\nEpoch: b\n\n'],
  ['login', '200 OK\nToken: a b\nEpoch: b\nPosition: 1\n\n'],
  ['send', '200 OK\nPosition: x\nReached: 1\n\n'],
  ['list', '200 OK\nContent-Length: 5\n\nalice'],
  ['list', '200 OK\nContent-Length: 6\n\n@lice\n'],
  ['list', '200 OK\nContent-Length: 1\n\n\n'],
  ['follows', '200 OK\nContent-Length: 4\n\na b\n'],
  ['fetch', '200 OK\nSize: 1\nSHA-256: abc\n\n'],
  ['ping', '429 Slow down\nRetry-After: soon\n\n'],
];

describe('responses', () => {
  for (const [wire, response] of valid) {
    it(`read and write ${JSON.stringify(wire.slice(0, 60))} for ${response.kind}`, () => {
      assert.deepEqual(parseResponse(response.kind, readOne(encodeUtf8(wire), byClient)), response);
      assert.deepEqual(formatResponse(response), encodeUtf8(wire));
    });
  }

  for (const [wire, expected] of failures) {
    it(`read and write ${JSON.stringify(wire)} for anything`, () => {
      assert.deepEqual(parseResponse('list', readOne(encodeUtf8(wire), byClient)), expected);
      assert.deepEqual(formatFailure(expected), encodeUtf8(wire));
    });
  }

  for (const [kind, wire] of invalid) {
    it(`to ${kind} are not ${JSON.stringify(wire)}`, () => {
      assert.ok(parseResponse(kind, readOne(encodeUtf8(wire), byClient)) instanceof Malformed);
    });
  }

  it('may have any reason, code of success, and unknown header', () => {
    const wire = '299 CHAT/1.1 whatever CHAT/1.1\nX: y\nContent-Length: 1\n\n\n';
    assert.deepEqual(parseResponse('ping', readOne(encodeUtf8(wire), byClient)), { kind: 'ping' });
  });

  it('are parsed as they were formatted, whatever they hold', () => {
    fc.assert(
      fc.property(anyResponse, (response) => {
        const parcel = readOne(formatResponse(response), byClient);
        assert.deepEqual(parseResponse(response.kind, parcel), response);
        assert.ok(!isDataFailure(parcel));
      }),
      { numRuns: 1000 },
    );
  });

  it('are parsed as they were formatted when they are failures', () => {
    fc.assert(
      fc.property(anyFailure, (failed) => {
        const parcel = readOne(formatFailure(failed), byClient);
        assert.deepEqual(parseResponse('send', parcel), failed);
        assert.equal(isDataFailure(parcel), failed.request === 'DATA');
      }),
    );
  });

  it('say what is wrong with a request, and whose DATA it was', () => {
    const of = (verb: string, argument?: string) =>
      failureOf(new Malformed(413, 'Too long', { start: { kind: 'verb', verb, argument } }));
    assert.deepEqual(of('SEND'), failure(413, 'Too long'));
    assert.deepEqual(of('DATA', 'u1'), dataFailure(failure(413, 'Too long'), 'u1'));
    assert.deepEqual(of('DATA', 'two words'), { ...failure(413, 'Too long'), request: 'DATA' });
    assert.deepEqual(of('DATA'), { ...failure(413, 'Too long'), request: 'DATA' });
    assert.deepEqual(failureOf(new Malformed(400, 'What?')), failure(400, 'What?'));
  });
});
