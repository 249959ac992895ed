import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { HandlingModel } from '../../../tests/support/handling-model.ts';

type Step = (model: HandlingModel) => void | Promise<void>;

const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

const step = (weight: number, name: string, run: Step) => ({
  weight,
  arbitrary: fc.constant(Object.assign(run, { toString: () => name })),
});

/** Everything that can happen to a bot, in any order; `turn`: everything that was promised happens. */
const steps = fc.array(
  fc.oneof(
    step(8, 'other', (model) => model.other(true)),
    step(1, 'other, for others', (model) => model.other(false)),
    step(1, 'device', (model) => model.device()),
    step(2, 'post', (model) => model.post()),
    step(2, 'store', (model) => model.serve('store')),
    step(12, 'read', (model) => model.read()),
    step(4, 'handled', (model) => model.handled(true)),
    step(1, 'failed', (model) => model.handled(false)),
    step(3, 'history', (model) => model.answerHistory()),
    step(8, 'turn', turn),
    step(1, 'cut', (model) => model.cut()),
    step(1, 'kill', (model) => model.kill()),
    step(4, 'connect', (model) => model.connect()),
    step(4, 'catch up', (model) => model.catchUp()),
  ),
  { maxLength: 150, size: 'max' },
);

/** Positions and texts of what is to be handled: what others said, and what this user said on another device. */
const toHandle = ({ log }: HandlingModel) =>
  log.flatMap(({ from, text, id }, i) =>
    from === 'bob' || (from === 'alice' && id === undefined) ? [{ position: i + 1, text }] : [],
  );

function checkPlace(model: HandlingModel): void {
  const first = toHandle(model).find(({ text }) => !model.done.includes(text));
  const { position = 0 } = model.kept ?? {};
  assert.ok(first === undefined || position < first.position, `kept ${position}, open ${first?.position}`);
}

describe('Delivery to a handler', () => {
  it('skips nothing and keeps no place beyond what is handled, whatever breaks', async () => {
    let reads = 0;
    let again = 0;
    await fc.assert(
      fc.asyncProperty(steps, async (run) => {
        const model = new HandlingModel();
        model.work();
        model.connect();
        await turn();
        for (const one of run) {
          await one(model);
          checkPlace(model);
        }
        for (let round = 0; round < 1_000; round++) {
          model.settle();
          await turn();
          model.answerHistory();
          model.handled(true);
          await turn();
          checkPlace(model);
          if (toHandle(model).every(({ text }) => model.done.includes(text))) break;
        }
        const expected = toHandle(model).map(({ text }) => text);
        const firsts = [...new Set(model.done)].filter((text) => expected.includes(text));
        assert.deepEqual(firsts, expected, 'handled in order, nothing skipped');
        // After a kill what an earlier run sent may come, as from another device.
        if (model.kills === 0) assert.equal(new Set(model.done).size, expected.length, 'nothing of its own');
        const twice = model.done.filter((text, i) => model.done.indexOf(text) < i);
        assert.ok(twice.length <= model.kills, `${twice.length} twice after ${model.kills} kills`);
        assert.deepEqual(model.gaps, []);
        reads += model.reads;
        again += twice.length;
      }),
      { numRuns: 500 },
    );
    assert.ok(reads > 500 && again > 10, `${reads} reads and ${again} repetitions are no test`);
  });
});
