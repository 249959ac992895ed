import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { FakeClock } from '../../../tests/support/fake-clock.ts';
import type { SendOptions } from '../client.ts';
import { LostError, RefusedError } from '../errors.ts';
import { type Post, type PostAnswer, SendQueue } from './send-queue.ts';

/** A queue whose connection is the test. Records unanswered posts, and the outcome of each text. */
function started() {
  const clock = new FakeClock();
  const queue = new SendQueue({ clock, idPrefix: 'x', onStored: () => {} });
  let wire: { readonly post: Post; readonly answer: (answer: PostAnswer) => void }[] = [];
  const outcomes: string[] = [];
  const connect = () => {
    wire = [];
    queue.start((post, answer) => wire.push({ post, answer }));
  };
  const post = (text: string, options?: SendOptions) => {
    queue.post({ kind: 'send', text }, options).then(
      ({ position }) => outcomes.push(`${text} at ${position}`),
      (error: unknown) => outcomes.push(`${text}: ${nameOf(error)}`),
    );
  };
  const answer = (answer: PostAnswer) => wire.shift()?.answer(answer);
  const written = () => wire.map(({ post: { text, id } }) => `${text} ${id}`);
  connect();
  return { clock, queue, outcomes, connect, post, answer, written };
}

function nameOf(error: unknown): string {
  if (error instanceof LostError) return error.reason;
  return error instanceof RefusedError ? `${error.code} after ${error.retryAfterS}` : String(error);
}

const turn = () => new Promise((resolve) => setImmediate(resolve));
const stored = (position: number): PostAnswer => ({ position, reached: 1 });
const refused = (code: number, retryAfterS?: number): PostAnswer => ({
  kind: 'failure',
  code,
  reason: 'no',
  ...(retryAfterS === undefined ? {} : { retryAfterS }),
});

describe('SendQueue', () => {
  it('sends one text at a time, so that none overtakes one that was refused temporarily', async () => {
    const { clock, post, written, answer, outcomes } = started();
    for (const text of ['a', 'b', 'c']) post(text);
    answer(stored(1));
    assert.deepEqual(written(), ['b x.2']);
    answer(refused(429, 3));
    post('d');
    clock.advance(2_999);
    assert.deepEqual(written(), []);
    clock.advance(1);
    assert.deepEqual(written(), ['b x.2']);
    for (const position of [2, 3, 4]) answer(stored(position));
    await turn();
    assert.deepEqual(outcomes, ['a at 1', 'b at 2', 'c at 3', 'd at 4']);
  });

  it('takes back what still waits, and only that', async () => {
    const { queue, post, written, answer, outcomes } = started();
    post('a');
    const taken = new AbortController();
    const backs = ['b', 'c'].map((text) => queue.post({ kind: 'send', text }, { signal: taken.signal }));
    answer(stored(1));
    taken.abort(new Error('never mind'));
    await assert.rejects(queue.post({ kind: 'send', text: 'd' }, { signal: taken.signal }), /never mind/);
    post('e');
    answer(stored(2));
    assert.deepEqual(await backs[0], { position: 2, reached: 1 });
    await assert.rejects(backs[1] ?? Promise.resolve(), /never mind/);
    assert.deepEqual(written(), ['e x.4']);
    answer(stored(3));
    await turn();
    assert.deepEqual(outcomes, ['a at 1', 'e at 3']);
  });

  it('does not take back what may be stored, also while there is no connection', async () => {
    const { queue, connect, written } = started();
    const taken = new AbortController();
    const sent = queue.post({ kind: 'send', text: 'a' }, { signal: taken.signal });
    queue.stop();
    taken.abort(new Error('never mind'));
    connect();
    assert.deepEqual(written(), ['a x.1']);
    queue.end('over');
    await assert.rejects(sent, (error) => nameOf(error) === 'unknown');
  });

  it('waits an hour at most, whatever the server asks for', () => {
    const { clock, post, written, answer } = started();
    post('a');
    answer(refused(503, 1_000_000_000));
    clock.advance(3_599_999);
    assert.deepEqual(written(), []);
    clock.advance(1);
    assert.deepEqual(written(), ['a x.1']);
  });

  it('repeats an unanswered text with the same id, before newer ones', async () => {
    const { queue, post, written, answer, connect, outcomes } = started();
    for (const text of ['a', 'b', 'c']) post(text);
    answer(stored(7));
    queue.stop();
    assert.equal(queue.isUnsure, true);
    post('d');
    connect();
    assert.deepEqual(written(), ['b x.2']);
    for (const position of [8, 9, 10]) answer(stored(position));
    await turn();
    assert.deepEqual(outcomes, ['a at 7', 'b at 8', 'c at 9', 'd at 10']);
    assert.equal(queue.isUnsure, false);
  });

  it('backs off when the server gives no delay', () => {
    const { clock, post, written, answer } = started();
    post('a');
    for (const waitMs of [1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000]) {
      answer(refused(507));
      clock.advance(waitMs - 1);
      assert.deepEqual(written(), []);
      clock.advance(1);
      assert.deepEqual(written(), ['a x.1']);
    }
  });

  it('repeats at once on a new connection, and waits anew when it is refused again', () => {
    const { clock, queue, post, connect, written, answer } = started();
    post('a');
    for (let i = 0; i < 3; i++) {
      answer(refused(503));
      clock.advance(10_000);
    }
    answer(refused(503));
    queue.stop();
    connect();
    assert.deepEqual(written(), ['a x.1']);
    answer(refused(503, 60));
    clock.advance(59_999);
    assert.deepEqual(written(), []);
    clock.advance(1);
    assert.deepEqual(written(), ['a x.1']);
    answer(stored(1));
    post('b');
    answer(refused(503));
    clock.advance(1_000);
    assert.deepEqual(written(), ['b x.2'], 'the back-off of another text begins anew');
  });

  it('rejects a text that the server refuses, and goes on', async () => {
    const { post, written, answer, outcomes } = started();
    post('a');
    post('b');
    answer(refused(404));
    answer(refused(500, 9));
    await turn();
    assert.deepEqual(outcomes, ['a: 404 after undefined', 'b: 500 after 9']);
    assert.deepEqual(written(), []);
  });

  it('queues a thousand texts while offline, and rejects the next', async () => {
    const { queue, post, outcomes } = started();
    queue.stop();
    for (let i = 0; i < 1_001; i++) post(`${i}`);
    await turn();
    assert.deepEqual(outcomes, ['1000: too-many']);
  });

  it('distinguishes texts that may be stored from unsent ones, at the end and after a new registration', async () => {
    const { queue, post, connect, written, outcomes } = started();
    post('a');
    queue.stop();
    queue.forgetRepeated();
    connect();
    assert.deepEqual(written(), []);
    post('b');
    queue.stop();
    post('c');
    queue.end('over');
    await turn();
    assert.deepEqual(outcomes, ['a: unknown', 'b: unknown', 'c: closed']);
  });

  it('repeats no text of an earlier run after a new registration', async () => {
    const { queue, post, connect, written, outcomes } = started();
    for (const text of ['a', 'b']) post(text, { id: `run.${text}`, isRepeat: true });
    post('c');
    queue.stop();
    queue.forgetRepeated();
    connect();
    await turn();
    assert.deepEqual([outcomes, written()], [['a: unknown', 'b: unknown'], ['c x.3']]);
  });
});
