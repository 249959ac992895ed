import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { FakeClock } from '../../../tests/support/fake-clock.ts';
import { serverAt } from './attempt.ts';

describe('a server that is silent', () => {
  for (const [scheme, words] of [
    ['chat', /^no answer$/],
    ['chats', /^no answer$/],
    ['chat+udp', /^no answer; if a firewall stops UDP, use chats:\/\/ or chat:\/\/$/],
  ] as const) {
    it(`is given up after ten seconds over ${scheme}://, with words that say what may help`, async () => {
      const clock = new FakeClock();
      const never = (_address: unknown, signal: AbortSignal) =>
        new Promise<never>((_resolve, reject) => {
          signal.addEventListener('abort', () => reject(signal.reason));
        });
      const dialing = serverAt(`${scheme}://192.0.2.1:4711`, never, clock).dial(new AbortController().signal);
      clock.advance(10_000);
      await assert.rejects(dialing, { message: words });
    });
  }
});
