import assert from 'node:assert/strict';
import { execFile, spawnSync } from 'node:child_process';
import { globSync } from 'node:fs';
import { copyFile, mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { createProgram } from '../../src/main.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

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

test('the units for backups are valid', { skip: noSystemd ?? false }, async () => {
  for (const name of ['earshot-backup.service', 'earshot-backup.timer'])
    await run('systemd-analyze', ['verify', '--man=no', path.join(root, 'packaging', name)]);
});

test('the units run only programs that the smallest Debian has', async () => {
  const essential = ['/bin/sh', '/usr/bin/env', '/usr/bin/find', '/usr/bin/mkdir'];
  for (const name of ['earshot.service', 'tls.conf', 'earshot-backup.service']) {
    const lines = (await read(`packaging/${name}`)).matchAll(/^Exec[A-Za-z]*=[-@:+!|]*(\S+)/gm);
    const programs = [...lines].map(([, program]) => program ?? '');
    assert.ok(programs.length >= 1, name);
    assert.deepEqual(
      programs.filter((program) => !essential.includes(program)),
      [],
    );
  }
});

test('the unit stays valid with the drop-ins', { skip: noSystemd ?? false }, async (context) => {
  const folder = await temporaryFolder(context);
  const unit = path.join(folder, 'earshot.service');
  await mkdir(`${unit}.d`);
  await copyFile(path.join(root, 'packaging/earshot.service'), unit);
  for (const name of ['tls.conf', 'metrics.conf'])
    await copyFile(path.join(root, 'packaging', name), path.join(`${unit}.d`, name));
  const { stderr } = await run('systemd-analyze', ['verify', '--man=no', unit]);
  assert.equal(stderr, '');
});

test('a reload is there with TLS only, as it would stop a server without', async () => {
  assert.doesNotMatch(await read('packaging/earshot.service'), /^ExecReload=/m);
  assert.match(await read('packaging/tls.conf'), /^ExecReload=.*kill -HUP/m);
});

test('the files that operators are told to take are in the package', async () => {
  const { files } = JSON.parse(await read('package.json')) as { files: readonly string[] };
  assert.ok(files.includes('packaging'));
  const told = [...(await read('docs/operating.md')).matchAll(/"\$packaging"?\/([^\s"]+)/g)];
  const names = new Set(told.map(([, name]) => name ?? ''));
  for (const name of ['certbot-hook', 'tls.conf', 'metrics.conf']) assert.ok(names.has(name), name);
  for (const name of names) {
    const found = globSync(name, { cwd: path.join(root, 'packaging') });
    assert.notEqual(found.length, 0, name);
  }
});

test("certbot's hook copies a certificate and its key, for the group alone", async (context) => {
  const folder = await temporaryFolder(context);
  const lineage = path.join(folder, 'live');
  await mkdir(lineage);
  await writeFile(path.join(lineage, 'privkey.pem'), 'key');
  await writeFile(path.join(lineage, 'fullchain.pem'), 'chain');
  const group = String(process.getgid?.());
  const env = {
    PATH: process.env.PATH,
    RENEWED_LINEAGE: lineage,
    EARSHOT_TLS_FOLDER: folder,
    EARSHOT_TLS_GROUP: group,
  };
  const hook = path.join(root, 'packaging/certbot-hook');
  await run(hook, { env });
  // A renewal.
  await writeFile(path.join(lineage, 'privkey.pem'), 'new key');
  await run(hook, { env });
  for (const [name, text] of [
    ['tls-key.pem', 'new key'],
    ['tls-cert.pem', 'chain'],
  ] as const) {
    const file = path.join(folder, name);
    assert.equal(await readFile(file, 'utf8'), text);
    assert.equal((await stat(file)).mode & 0o777, 0o640);
  }
});

test('the units and the container file set variables that there are', async () => {
  const serve = (await createProgram('serve')).commands[0];
  const known = new Set(serve?.options.map(({ envVar }) => envVar));
  for (const [file, least] of [
    ['packaging/earshot.service', 3],
    ['packaging/tls.conf', 2],
    ['packaging/metrics.conf', 1],
    ['packaging/Containerfile', 3],
  ] as const) {
    const used = [...(await read(file)).matchAll(/\b(EARSHOT_[A-Z0-9_]+)=/g)].map(([, name]) => name);
    assert.ok(used.length >= least);
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
