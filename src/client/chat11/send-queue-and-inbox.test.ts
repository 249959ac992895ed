import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { ChatModel } from '../../../tests/support/chat-model.ts';

type Step = (model: ChatModel) => void;

const step = (weight: number, name: string, run: Step) => ({
  weight,
  arbitrary: fc.constant(Object.assign(run, { toString: () => name })),
});

/** Everything that can happen to a client that sends texts, in any order. */
const steps = fc.array(
  fc.oneof(
    step(6, 'post', (model) => model.post()),
    step(3, 'other', (model) => model.other(true)),
    step(1, 'other, for others', (model) => model.other(false)),
    step(6, 'store', (model) => model.serve('store')),
    step(1, 'post what is refused', (model) => model.post(true)),
    step(1, 'later', (model) => model.serve('later')),
    step(2, 'old', (model) => model.serve('store', true)),
    step(8, 'read', (model) => model.read()),
    step(1, 'time', (model) => model.clock.advance(1_000)),
    step(2, 'cut', (model) => model.cut()),
    step(4, 'connect', (model) => model.connect()),
    step(3, 'catch up', (model) => model.catchUp()),
  ),
  { maxLength: 120, size: 'max' },
);

const turn = () => new Promise((resolve) => setImmediate(resolve));

describe('SendQueue and Inbox', () => {
  it('send and deliver everything once and in order, whatever breaks', async () => {
    let cuts = 0;
    let repeated = 0;
    await fc.assert(
      fc.asyncProperty(steps, async (run) => {
        const model = new ChatModel();
        model.connect();
        for (const one of run) {
          one(model);
          if (`${one}` === 'cut') cuts++;
          if (model.queue.isUnsure) repeated++;
        }
        model.settle();
        await turn();
        const own = model.log.filter(({ id }) => id !== undefined);
        const texts = own.map(({ text }) => text);
        assert.deepEqual(
          texts,
          texts.toSorted((a, b) => Number(a) - Number(b)),
          'stored in order',
        );
        assert.equal(new Set(own.map(({ id }) => id)).size, own.length, 'stored once');
        assert.deepEqual(model.answered, texts, 'told that it was stored');
        const others = model.log.filter(({ from }) => from === 'bob').map(({ text }) => text);
        assert.deepEqual(model.heard, others, 'heard once, in order, and nothing of one’s own');
        assert.ok(model.refused.every((text) => text.startsWith('bad')));
        assert.deepEqual(model.gaps, []);
        // The next connection resumes after everything, though not after what was never delivered.
        model.cut();
        model.settle();
        assert.equal(model.inbox.place?.position, model.log.length);
        assert.deepEqual(model.heard, others);
      }),
      { numRuns: 500 },
    );
    assert.ok(cuts > 100 && repeated > 100, `${cuts} cuts and ${repeated} repetitions are no test`);
  });
});
