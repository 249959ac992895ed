import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { anyString } from '../../../tests/support/any-string.ts';
import { beginsWithVerb, formatRequest, parseRequest } from './request.ts';

const malformed = { kind: 'malformed' };

describe('parseRequest', () => {
  it('knows the examples of CS3560', () => {
    assert.deepEqual(parseRequest('login John'), { kind: 'login', name: 'John' });
    assert.deepEqual(parseRequest('list'), { kind: 'list' });
    assert.deepEqual(parseRequest('sendto John Hello, how are you?'), {
      kind: 'sendto',
      to: 'John',
      text: 'Hello, how are you?',
    });
    assert.deepEqual(parseRequest('logout'), { kind: 'logout' });
    assert.deepEqual(parseRequest('exit'), { kind: 'exit' });
  });

  for (const line of [
    'login John Doe',
    'list bob',
    'sendto JohnHello',
    'logout Joe',
    'exit client',
    'login',
    'login ',
    'login  John',
    'login John ',
    'login John\tDoe',
    'login John\u00a0Doe',
    'login\tJohn',
    'list ',
    'sendto',
    'sendto ',
    'sendto John',
    'sendto John ',
    'sendto  John hello',
    'Login John',
    'LIST',
    ' list',
    'shout John',
    '',
  ]) {
    it(`takes ${JSON.stringify(line)} for malformed`, () => assert.deepEqual(parseRequest(line), malformed));
  }

  it('counts characters, not UTF-16 units', () => {
    for (const letter of ['x', 'é', '👋']) {
      const name = letter.repeat(20);
      assert.deepEqual(parseRequest(`login ${name}`), { kind: 'login', name });
      assert.deepEqual(parseRequest(`login ${name}${letter}`), malformed);
      assert.deepEqual(parseRequest(`sendto ${name} x`), { kind: 'sendto', to: name, text: 'x' });
      assert.deepEqual(parseRequest(`sendto ${name}${letter} x`), malformed);
      const text = letter.repeat(65_535);
      assert.deepEqual(parseRequest(`sendto John ${text}`), { kind: 'sendto', to: 'John', text });
      assert.deepEqual(parseRequest(`sendto John ${text}${letter}`), malformed);
    }
  });

  it('keeps every text as it is, whatever it is', () => {
    const word = fc.stringMatching(/^[^\s\u0000-\u001f]{1,20}$/);
    const text = anyString({ minLength: 1 });
    fc.assert(
      fc.property(word, text, (to, said) => {
        assert.deepEqual(parseRequest(`sendto ${to} ${said}`), { kind: 'sendto', to, text: said });
      }),
    );
  });

  it('takes any line for one request, and one that is not malformed for the same line again', () => {
    const part = fc.constantFrom(
      'login',
      'list',
      'sendto',
      'logout',
      'exit',
      ' ',
      'John',
      'hello',
      '\t',
      'é',
    );
    fc.assert(
      fc.property(
        fc.array(part).map((parts) => parts.join('')),
        (line) => {
          const request = parseRequest(line);
          if (request.kind === 'malformed') return;
          assert.ok(beginsWithVerb(line));
          assert.equal(formatRequest(request), line);
        },
      ),
    );
  });
});

describe('beginsWithVerb', () => {
  it('goes by the first word', () => {
    for (const line of ['login John', 'list', 'sendto', 'logout now', 'exit', 'login John Doe', 'list\tx']) {
      assert.equal(beginsWithVerb(line), true, line);
    }
    for (const line of [
      'LOGIN John',
      'listen',
      'exit!',
      '',
      ' list',
      'REGISTER list CHAT/1.0',
      'GET / HTTP/1.1',
    ]) {
      assert.equal(beginsWithVerb(line), false, line);
    }
  });
});
