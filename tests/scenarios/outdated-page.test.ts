import assert from 'node:assert/strict';
import { cp, symlink, utimes, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import { startServerProcess } from '../support/server-process.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const root = path.resolve(import.meta.dirname, '../..');

test('a server in a clone says at its start that its page is older than its sources', async (context) => {
  const clone = await temporaryFolder(context);
  for (const name of ['bin', 'src', 'package.json'])
    await cp(path.join(root, name), path.join(clone, name), { recursive: true });
  await symlink(path.join(root, 'node_modules'), path.join(clone, 'node_modules'));
  const page = path.join(clone, 'dist', 'web');
  await cp(path.join(root, 'src', 'web'), page, { recursive: true });
  await writeFile(path.join(page, 'sources.json'), '["src/web/main.tsx"]');
  const program = path.join(clone, 'bin', 'earshot.js');
  const start = () => startServerProcess(context, ['--data', path.join(clone, 'data')], {}, [], program);
  const first = await start();
  assert.equal(await first.end('SIGTERM'), 0);
  assert.ok(!first.lines.some((line) => line.includes('older than its sources')));

  const later = Date.now() / 1_000 + 60;
  await utimes(path.join(clone, 'src', 'web', 'main.tsx'), later, later);
  const second = await start();
  assert.equal(await second.end('SIGTERM'), 0);
  assert.ok(
    second.lines.some((line) => line.includes('older than its sources; npm run build:web builds it')),
  );
});
