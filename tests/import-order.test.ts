import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { importsAgainstOrder } from './support/import-rules.ts';

const root = path.resolve(import.meta.dirname, '..');
const read = (file: string): string => readFileSync(path.join(root, file), 'utf8');

test('the table of folders in docs/architecture.md stands in the order of the imports', () => {
  const rows = [...read('docs/architecture.md').matchAll(/^\| `(src\/[^`]+)` \|/gm)].map(
    ([, row = '']) => row,
  );
  assert.ok(rows.length > 25, `${rows.length} rows`);
  const files = globSync('src/**/*.{ts,tsx}', { cwd: root });
  assert.deepEqual(importsAgainstOrder(new Map(files.map((file) => [file, read(file)])), rows), []);
});

test('an import against the order is found, and one of a folder within is none', () => {
  const rows = ['src/low', 'src/low/inner', 'src/high'];
  const found = (file: string, target: string): number =>
    importsAgainstOrder(new Map([[file, `import '${target}';`]]), rows).length;
  assert.equal(found('src/low/a.ts', '../high/b.ts'), 1);
  assert.equal(found('src/low/inner/a.ts', '../../high/b.ts'), 1);
  assert.equal(found('src/high/a.ts', '../low/b.ts'), 0);
  assert.equal(found('src/low/a.ts', './inner/b.ts'), 0);
  assert.equal(found('src/low/a.test.ts', '../high/b.ts'), 0);
  assert.equal(found('src/other.ts', './high/b.ts'), 0);
});
