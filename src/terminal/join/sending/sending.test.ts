import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { FakeClock } from '../../../../tests/support/fake-clock.ts';
import { FakeScreen } from '../../../../tests/support/fake-screen.ts';
import type { Sent } from '../../../client/client.ts';
import { LostError, RefusedError } from '../../../client/errors.ts';
import { Timeline } from '../../timeline.ts';
import { Reached } from './reached.ts';
import { Sending } from './sending.ts';

const turn = () => new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
const nobody = 'reached nobody online (accounts that follow you or a word of it get it later)';

function started() {
  const clock = new FakeClock();
  const screen = new FakeScreen();
  const reached = new Reached();
  const timeline = new Timeline({ screen, clock, reader: 'alice' });
  const sending = new Sending({ screen, timeline, clock, reached });
  const say = (text: string) => {
    const server = Promise.withResolvers<Sent>();
    return { ...server, done: sending.send(text, () => server.promise) };
  };
  return { clock, screen, timeline, reached, sending, say };
}

describe('Sending', () => {
  it('shows a text as a pending row until it is confirmed, and how long that takes', async () => {
    const { clock, screen, timeline, sending, say } = started();
    const one = say('one');
    const two = say('two');
    assert.deepEqual(screen.rows, ['> one', '> two']);
    clock.advance(1_000);
    assert.deepEqual(screen.rows, ['(sending) one', '(sending) two']);
    clock.advance(6_000);
    assert.deepEqual(screen.rows, ['(not confirmed for 7 s) one', '(not confirmed for 7 s) two']);
    sending.isOnline = false;
    assert.deepEqual(screen.rows, ['(waits for the connection) one', '(waits for the connection) two']);
    sending.isOnline = true;
    one.resolve({ position: 1, reached: 0 });
    two.resolve({ position: 2, reached: 0 });
    await Promise.all([one.done, two.done]);
    await turn();
    assert.deepEqual(screen.rows, []);
    // The first was on its way when the connection broke: a repeated text is stored already, and reaches 0 then.
    assert.deepEqual(screen.lines, ['> one', '> two', nobody]);
    const three = say('three');
    three.resolve({ position: 3, reached: 0 });
    await three.done;
    await turn();
    assert.deepEqual(screen.lines.slice(3), ['> three', 'reached nobody online']);
    timeline.close();
    assert.equal(clock.pendingTimers, 0);
  });

  it("shows own texts and others' messages in the order of the log", async () => {
    const { screen, sending, say } = started();
    const show = (position: number) => sending.inOrder(position, () => screen.show(`${position}`));
    show(1);
    assert.deepEqual(screen.lines, ['1']);
    const mine = say('mine');
    show(2);
    // The response and what follows it are read together.
    mine.resolve({ position: 3, reached: 1 });
    show(4);
    await mine.done;
    show(5);
    await turn();
    assert.deepEqual(screen.lines, ['1', '2', '> mine', '4', '5']);
    show(6);
    assert.equal(screen.lines.at(-1), '6');
  });

  it('says why a text was not sent', async () => {
    const { screen, sending, say } = started();
    const refused = say('spam');
    refused.reject(new RefusedError(413, 'Too long'));
    assert.equal(await refused.done, false);
    assert.deepEqual(screen.lines, ['> spam', '"spam" was not sent: Too long']);
    const lost = say('late');
    lost.reject(new LostError('closed', 'The client was closed: it was not sent'));
    await lost.done;
    assert.equal(screen.lines.at(-1), 'Not sent: late');
    assert.deepEqual([sending.unsent, sending.hasFailed, screen.rows], [1, true, []]);
  });

  it('remembers whom the last texts reached', async () => {
    const { reached, say } = started();
    for (const [i, count] of [7, 1, 0, 2, 3, 4].entries()) {
      const one = say(`text ${i}`);
      one.resolve({ position: i, reached: count });
      await one.done;
    }
    assert.deepEqual(reached.lines, [
      '1 person: "text 1"',
      'nobody: "text 2"',
      '2 people: "text 3"',
      '3 people: "text 4"',
      '4 people: "text 5"',
    ]);
  });
});
