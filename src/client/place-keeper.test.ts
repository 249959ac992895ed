import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Place } from './place.ts';
import { PlaceKeeper } from './place-keeper.ts';

const at = (position: number, epoch = 'e'): { readonly place: Place; readonly token: undefined } => ({
  place: { position, epoch },
  token: undefined,
});

function keeperOf(keep: (place: Place) => void | Promise<void>) {
  const problems: string[] = [];
  const own = { read: () => ({ position: 1, epoch: 'e' }), keep };
  return { problems, keeper: new PlaceKeeper(own, undefined, (problem) => problems.push(problem)) };
}

describe('PlaceKeeper', () => {
  it('has stored a place when its promise resolves, in whatever moment of the place before it came', async () => {
    for (let moments = 0; moments < 12; moments++) {
      const kept: number[] = [];
      const { keeper } = keeperOf(async ({ position }) => {
        await undefined;
        kept.push(position);
      });
      void keeper.keep(at(1));
      for (let moment = 0; moment < moments; moment++) await undefined;
      await keeper.keep(at(2));
      assert.equal(kept.at(-1), 2, `${moments} microtasks after the first`);
    }
  });

  it('makes one call at a time, leaves older places out, and waits for the last at its end', async () => {
    const kept: number[] = [];
    const doors: (() => void)[] = [];
    const { keeper } = keeperOf(({ position }) => {
      kept.push(position);
      return new Promise<void>((resolve) => doors.push(resolve));
    });
    for (const position of [1, 2, 3]) void keeper.keep(at(position));
    assert.deepEqual(kept, [1]);
    let isClosed = false;
    const closed = keeper.close().then(() => {
      isClosed = true;
    });
    doors[0]?.();
    await new Promise<void>((resolve) => setImmediate(resolve));
    assert.deepEqual([kept, isClosed], [[1, 3], false]);
    doors[1]?.();
    await closed;
  });

  it('stores again what failed, and nothing that is stored already', async () => {
    const kept: string[] = [];
    const { keeper, problems } = keeperOf(({ position, epoch }) => {
      kept.push(`${epoch}${position}`);
      if (kept.length === 1) throw new Error('the row is locked');
    });
    await keeper.read();
    for (const state of [at(1), at(2), at(2), at(2), at(2, 'f')]) await keeper.keep(state);
    assert.deepEqual(kept, ['e2', 'e2', 'f2']);
    assert.deepEqual(problems, ['the row is locked']);
  });
});
