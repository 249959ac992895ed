import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { anyString } from '../../../tests/support/any-string.ts';
import { formatRequest, parseRequest } from '../../protocol/verbs/request.ts';
import { readTypedVerb } from './typed-verb.ts';

const error = (text: string) => ({ kind: 'error', text });

describe('readTypedVerb', () => {
  it('parses the valid examples of CS3560', () => {
    for (const [line, request] of [
      ['login John', { kind: 'login', name: 'John' }],
      ['login john', { kind: 'login', name: 'john' }],
      ['list', { kind: 'list' }],
      ['sendto John Hello, how are you?', { kind: 'sendto', to: 'John', text: 'Hello, how are you?' }],
      ['sendto John  two  spaces ', { kind: 'sendto', to: 'John', text: ' two  spaces ' }],
      ['logout', { kind: 'logout' }],
      ['logout ', { kind: 'logout' }],
    ] as const) {
      assert.deepEqual(readTypedVerb(line), { kind: 'request', request }, line);
    }
    assert.deepEqual(readTypedVerb('exit'), { kind: 'exit' });
    assert.deepEqual(readTypedVerb(' '), { kind: 'nothing' });
  });

  for (const [text, lines] of [
    [
      'Bad username',
      [
        'login John Doe',
        'login',
        'login ',
        'login John\u00a0Doe',
        `login ${'x'.repeat(21)}`,
        'login Jo\x1bhn',
        'sendto JohnHello',
        'sendto',
        'sendto John',
        'sendto John ',
        `sendto ${'x'.repeat(21)} hello`,
        `sendto ${'x'.repeat(21)} ${'y'.repeat(65_536)}`,
      ],
    ],
    [
      'Bad message',
      [`sendto John ${'x'.repeat(65_536)}`, `sendto John ${'👋'.repeat(65_536)}`, 'sendto John \x07'],
    ],
    [
      'Invalid command',
      [
        'list bob',
        'logout Joe',
        'exit client',
        'hello',
        'Login John',
        'LIST',
        ' list',
        'listen',
        '__proto__',
      ],
    ],
  ] as const) {
    for (const line of lines) {
      it(`says ${text} to ${JSON.stringify(line.slice(0, 40))}`, () => {
        assert.deepEqual(readTypedVerb(line), error(text));
      });
    }
  }

  it('takes names of 20 characters and texts of 65,535', () => {
    for (const letter of ['x', '👋']) {
      const name = letter.repeat(20);
      assert.equal(readTypedVerb(`login ${name}`).kind, 'request');
      assert.equal(readTypedVerb(`sendto ${name} ${letter.repeat(65_535)}`).kind, 'request');
    }
  });

  it('rejects everything that a server would call malformed', () => {
    const part = fc.oneof(
      fc.constantFrom('login', 'list', 'sendto', 'logout', 'exit', ' ', '  ', '\t', 'x'.repeat(20)),
      anyString(),
    );
    fc.assert(
      fc.property(fc.array(part), (parts) => {
        const typed = readTypedVerb(parts.join('').replaceAll('\n', ''));
        if (typed.kind !== 'request') return;
        assert.deepEqual(parseRequest(formatRequest(typed.request)), typed.request);
      }),
    );
  });
});
