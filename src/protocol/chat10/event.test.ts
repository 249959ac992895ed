import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { anyString } from '../../../tests/support/any-string.ts';
import { fileNameProblem } from '../file-names.ts';
import {
  type AttachmentHeader,
  parseAttachmentHeader,
  parseRegistrationAnswer,
  parseServerLine,
} from './event.ts';
import * as reply from './reply.ts';

/** A line as it arrives: without its line end. */
const arrived = (sent: string): string => sent.slice(0, -1);

describe('parseRegistrationAnswer', () => {
  it('reads what the server sends', () => {
    assert.deepEqual(parseRegistrationAnswer(arrived(reply.registrationSuccessful)), { kind: 'registered' });
    assert.deepEqual(parseRegistrationAnswer(arrived(reply.alreadyRegistered)), {
      kind: 'refused',
      code: 401,
      text: 'Client already registered',
    });
    assert.deepEqual(parseRegistrationAnswer('403 Password required'), {
      kind: 'refused',
      code: 403,
      text: 'Password required',
    });
  });

  it('accepts the wording of another server, and nothing but answers', () => {
    assert.deepEqual(parseRegistrationAnswer('200 OK'), { kind: 'registered' });
    for (const line of [
      '',
      '200',
      '200 ',
      '2000 x',
      '600 x',
      '099 x',
      ' 200 OK',
      '@bob: 200 OK',
      'HTTP/1.1 200 OK',
    ]) {
      assert.deepEqual(parseRegistrationAnswer(line), { kind: 'unknown', line }, line);
    }
  });
});

describe('parseServerLine', () => {
  it('reads the lines that are not for the screen', () => {
    assert.deepEqual(parseServerLine(arrived(reply.serverDisconnect)), { kind: 'disconnect' });
    assert.deepEqual(parseServerLine(arrived(reply.attachRequest('note.txt'))), {
      kind: 'attach',
      file: 'note.txt',
    });
    assert.deepEqual(parseServerLine('ATTACHMENT note.txt CHAT/1.0'), {
      kind: 'attachment',
      file: 'note.txt',
    });
  });

  it('reads every file name that may be announced', () => {
    const tricky = fc.constantFrom('a CHAT/1.0', ' ', '\u2028', '\u2029x', ' CHAT/1.0', 'ATTACH', '\u00a0');
    fc.assert(
      fc.property(fc.oneof(tricky, anyString({ minLength: 1 })), (file) => {
        fc.pre(fileNameProblem(file) === undefined);
        const [notice = ''] = reply.attachmentNotice(file, 'alice', 1).split('\n');
        assert.deepEqual(parseServerLine(notice), { kind: 'attachment', file });
        assert.deepEqual(parseServerLine(arrived(reply.attachRequest(file))), { kind: 'attach', file });
      }),
    );
  });

  it('shows everything else', () => {
    for (const line of [
      '',
      '@bob: DISCONNECT CHAT/1.0',
      '@bob: ATTACHMENT x CHAT/1.0',
      'DISCONNECT bob CHAT/1.0',
      'DISCONNECT CHAT/1.0 ',
      'ATTACH CHAT/1.0',
      'ATTACHMENT  CHAT/1.0',
      'ATTACH note.txt CHAT/1.1',
      'Attachment note.txt attached and distributed',
      'alice, bob',
    ]) {
      assert.deepEqual(parseServerLine(line), { kind: 'text', line }, line);
    }
  });

  it('reads every chat line as text, whatever it says', () => {
    fc.assert(
      fc.property(anyString(), (text) => {
        const line = arrived(reply.chatLine('bob', text));
        assert.deepEqual(parseServerLine(line), { kind: 'text', line });
      }),
    );
  });
});

describe('parseAttachmentHeader', () => {
  const headers: readonly (readonly [line: string, meaning: AttachmentHeader])[] = [
    ['Origin: alice', { kind: 'origin', name: 'alice' }],
    ['origin:alice', { kind: 'origin', name: 'alice' }],
    ['Content-Length: 18', { kind: 'length', bytes: 18 }],
    ['Content-Length: 0', { kind: 'length', bytes: 0 }],
    ['Content-Length: -1', { kind: 'invalid' }],
    ['Content-Length: 1e3', { kind: 'invalid' }],
    ['Content-Length:', { kind: 'invalid' }],
    ['Content-Type: text/plain', { kind: 'other' }],
    ['', { kind: 'invalid' }],
    ['@bob: hello', { kind: 'invalid' }],
  ];
  for (const [line, meaning] of headers) {
    it(`reads ${JSON.stringify(line)} as ${meaning.kind}`, () => {
      assert.deepEqual(parseAttachmentHeader(line), meaning);
    });
  }

  it('reads the headers of the notice that the server sends', () => {
    const [, origin = '', length = ''] = reply.attachmentNotice('note.txt', 'alice', 18).split('\n');
    assert.deepEqual(parseAttachmentHeader(origin), { kind: 'origin', name: 'alice' });
    assert.deepEqual(parseAttachmentHeader(length), { kind: 'length', bytes: 18 });
  });
});
