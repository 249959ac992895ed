import { test } from 'node:test';
import { readCorpus } from '../../fuzz/corpus.ts';
import { parsers } from '../../fuzz/parsers.ts';
import { udp } from '../../fuzz/udp.ts';

for (const { name, samples, run } of [...parsers, ...udp]) {
  test(`what the fuzzer kept for ${name} breaks no promise`, async () => {
    for (const input of [
      ...samples.map((sample) => new Uint8Array(Buffer.from(sample))),
      ...readCorpus(name),
    ]) {
      await run(input);
    }
  });
}
