import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ChatMessage } from '../../../client/client.ts';
import { whyOf } from './why.ts';

test('says what brought a line', () => {
  const why = (other: Partial<ChatMessage>): string =>
    whyOf(
      {
        kind: 'message',
        position: 1,
        from: 'bob',
        to: undefined,
        timeMs: 0,
        matched: [],
        isReplay: false,
        isOwn: false,
        text: '',
        ...other,
      },
      'alice',
      '14:03',
    );
  const line = 'The line of @bob at 14:03';
  assert.equal(
    why({ matched: ['apple', '@bob'] }),
    `${line} reached you because you follow "apple" and @bob.`,
  );
  assert.equal(
    why({ matched: ['pie', 'apple', '@bob', '*', '@alice', '@all'] }),
    `${line} reached you because you follow "pie", "apple" and @bob, you follow everything (*), it names you and it is for everybody (@all).`,
  );
  assert.equal(
    why({ matched: ['"apple pie"', 'apple'] }),
    `${line} reached you because you follow "apple pie" and "apple".`,
  );
  assert.equal(why({ matched: ['@alice'] }), `${line} reached you because it names you.`);
  assert.equal(why({ to: 'alice' }), `${line} was sent to you alone.`);
  assert.equal(
    why({ isOwn: true, to: 'carol' }),
    `${line} is your own, from another device or an earlier time.`,
  );
  assert.equal(why({ position: undefined }), `${line} reached you; by what is not known.`);
});
