import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { anyString } from '../../tests/support/any-string.ts';
import type { ChatMessage } from '../client/client.ts';
import { chatLineOf } from './lines.ts';

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
