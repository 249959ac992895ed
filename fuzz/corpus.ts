import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

/** Inputs of at most this many bytes, and so many of each target, are kept. */
const maxBytes = 4_096;
const maxInputs = 200;

const fileOf = (target: string): string => path.join(import.meta.dirname, 'corpus', `${target}.json`);

/** Inputs that together reach all that the fuzzer has reached: a list of strings, each character one byte. */
export function readCorpus(target: string): Uint8Array[] {
  const file = fileOf(target);
  if (!existsSync(file)) return [];
  const inputs: readonly string[] = JSON.parse(readFileSync(file, 'utf8'));
  return inputs.map((input) => new Uint8Array(Buffer.from(input, 'latin1')));
}

export function writeCorpus(target: string, inputs: readonly Uint8Array[]): void {
  const texts = inputs
    .filter(({ length }) => length <= maxBytes)
    .map((input) => Buffer.from(input).toString('latin1'));
  const kept = [...new Set(texts)].slice(0, maxInputs);
  // Escaped, so that the file is plain ASCII.
  const json = JSON.stringify(kept, undefined, 2).replace(
    /[\u007f-\u00ff]/g,
    (one) => `\\u00${one.charCodeAt(0).toString(16).padStart(2, '0')}`,
  );
  writeFileSync(fileOf(target), `${json}\n`);
}
