import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { anyString } from '../../tests/support/any-string.ts';
import type { ChatMessage } from '../client/client.ts';
import { chatLineOf, sentenceOf } from './lines.ts';

const said = (text: string, to?: string): ChatMessage => ({
  kind: 'message',
  position: 1,
  from: 'bob',
  to,
  timeMs: 0,
  matched: [],
  isReplay: false,
  isOwn: false,
  text,
});

test('no text can imitate a private message or a file', () => {
  assert.equal(chatLineOf(said('hi', 'alice')), '@bob (private): hi');
  const likely = fc.constantFrom('(private) hi', ' (private): hi', ' attached x (1 byte); !fetch 1 saves it');
  fc.assert(
    fc.property(fc.oneof(likely, anyString()), (text) => {
      assert.ok(chatLineOf(said(text)).startsWith('@bob: '));
    }),
  );
});

test('a sentence begins with a capital letter, unless that is an address', () => {
  assert.equal(sentenceOf('cannot reach chat://x:1: no answer'), 'Cannot reach chat://x:1: no answer.');
  for (const address of ['chat://x:1', 'chat+udp://x:1']) {
    assert.equal(sentenceOf(`${address} gave no answer`), `${address} gave no answer.`);
  }
});
