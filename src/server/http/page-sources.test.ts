import assert from 'node:assert/strict';
import { mkdir, rm, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryFolder } from '../../../tests/support/temporary-folder.ts';
import { isOutdated } from './page-sources.ts';

test('a page is outdated when one of its sources is newer, and never where there are none', async (context) => {
  const root = await temporaryFolder(context);
  const folder = join(root, 'dist', 'web');
  assert.equal(isOutdated(folder), false, 'not built');
  await mkdir(join(root, 'src'));
  await mkdir(folder, { recursive: true });
  assert.equal(isOutdated(folder), false, 'built by an earlier version');
  await writeFile(join(root, 'src', 'main.tsx'), '');
  await writeFile(join(root, 'src', 'other.ts'), '');
  await writeFile(join(folder, 'sources.json'), '["src/main.tsx"]');
  const at = (seconds: number): readonly [number, number] => [seconds, seconds];
  await utimes(join(folder, 'sources.json'), ...at(2_000));
  await utimes(join(root, 'src', 'main.tsx'), ...at(1_000));
  assert.equal(isOutdated(folder), false, 'nothing of it has changed');
  await utimes(join(root, 'src', 'main.tsx'), ...at(2_001));
  assert.equal(isOutdated(folder), true);
  await rm(join(root, 'src'), { recursive: true });
  assert.equal(isOutdated(folder), false, 'the package that is published');
});
