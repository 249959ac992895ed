import assert from 'node:assert/strict';
import path from 'node:path';
import { it } from 'node:test';
import { pathToFileURL } from 'node:url';
import { randomFrom } from '../tests/support/random.ts';
import { Coverage } from './coverage.ts';
import { BrokenPromise, Fuzzer } from './fuzzer.ts';
import { planted } from './planted.ts';

const target = { name: 'planted', samples: [], run: planted };
const here = pathToFileURL(path.join(import.meta.dirname, 'planted.ts')).href;
/** Some 10,000 are enough. */
const mostInputs = 200_000;

it('finds what it can only come to step by step', async () => {
  const fuzzer = new Fuzzer(target, new Coverage(here), randomFrom(7));
  await fuzzer.begin([new Uint8Array()]);
  const found = async (): Promise<void> => {
    while (fuzzer.inputs < mostInputs) await fuzzer.step();
  };
  await assert.rejects(found, (error: unknown) => {
    assert.ok(error instanceof BrokenPromise);
    assert.equal(Buffer.from(error.input.subarray(0, 4)).toString(), '@:!"');
    return true;
  });
  const distilled = (await fuzzer.distilled()).map((input) => Buffer.from(input).toString('latin1'));
  assert.ok(distilled.some((input) => input.startsWith('@:')));
  assert.ok(distilled.length <= fuzzer.pool.length);
});
