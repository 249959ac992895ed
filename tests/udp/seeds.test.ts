import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { runTrial } from './trial.ts';

/** Some of the seeds of `npm run test:udp`. */
const seeds = 60;

describe('any path, however bad', () => {
  it('carries every byte once and in order, without a hole, and both ends agree on the end', () => {
    for (let seed = 1; seed <= seeds; seed++) {
      try {
        runTrial(seed);
      } catch (error) {
        throw new Error(`seed ${seed}`, { cause: error });
      }
    }
  });

  it('gives the same run for the same seed', () => {
    assert.deepEqual(runTrial(7), runTrial(7));
  });
});
