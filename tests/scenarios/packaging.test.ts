import assert from 'node:assert/strict';
import { execFile, spawnSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { createProgram } from '../../src/main.ts';

const root = path.resolve(import.meta.dirname, '../..');
const run = promisify(execFile);
const read = (file: string): Promise<string> => readFile(path.join(root, file), 'utf8');

const noSystemd = spawnSync('systemd-analyze', ['--version']).error && 'systemd-analyze is not installed';

test('the unit is valid, and exposed less than 2 of 10', { skip: noSystemd ?? false }, async () => {
  const unit = path.join(root, 'packaging/earshot.service');
  await run('systemd-analyze', ['verify', '--man=no', unit]);
  const { stdout } = await run('systemd-analyze', ['security', '--offline=yes', '--no-pager', unit]);
  const [, level = '10'] = /Overall exposure level for earshot\.service: ([0-9.]+)/.exec(stdout) ?? [];
  assert.ok(Number(level) < 2, level);
});

test('the unit and the container file set variables that there are', async () => {
  const serve = (await createProgram('serve')).commands[0];
  const known = new Set(serve?.options.map(({ envVar }) => envVar));
  for (const file of ['packaging/earshot.service', 'packaging/Containerfile']) {
    const used = [...(await read(file)).matchAll(/\b(EARSHOT_[A-Z0-9_]+)=/g)].map(([, name]) => name);
    assert.ok(used.length >= 3);
    assert.deepEqual(
      used.filter((name) => !known.has(name)),
      [],
      file,
    );
  }
});

test('the container runs without root, on any file system, and says how it is', async () => {
  const text = await read('packaging/Containerfile');
  const [, ...last] = text.split(/^FROM /m);
  const image = last.at(-1) ?? '';
  assert.match(image, /^USER node$/m);
  assert.match(image, /^VOLUME \/data$/m);
  assert.match(image, /^ENTRYPOINT \["earshot"\]$/m);
  const [, check = '[]'] = /^HEALTHCHECK [^[]*CMD (\[.*\])$/m.exec(image) ?? [];
  const [, ...args] = JSON.parse(check) as string[];
  const ended = spawnSync(process.execPath, args, { env: { EARSHOT_PORT: '1' } });
  assert.equal(ended.status, 1);
});
