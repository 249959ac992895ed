import assert from 'node:assert/strict';
import { chmod, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import { temporaryFolder } from '../../tests/support/temporary-folder.ts';
import { tellReady } from './service-manager.ts';

const silent = { warn: () => assert.fail('warned') };

test('systemd hears that the server is ready, from its own command', async (context) => {
  const folder = await temporaryFolder(context);
  const told = path.join(folder, 'told');
  const command = path.join(folder, 'systemd-notify');
  await writeFile(command, '#!/bin/sh\necho "$NOTIFY_SOCKET $*" > "$TOLD.new" && mv "$TOLD.new" "$TOLD"\n');
  await chmod(command, 0o700);
  await tellReady({ PATH: `${folder}:/usr/bin:/bin`, TOLD: told, NOTIFY_SOCKET: '@socket' }, silent);
  assert.equal(await readFile(told, 'utf8'), '@socket --ready\n');
});

test('a server that systemd does not wait for starts no command', async () => {
  await tellReady({ PATH: '/nowhere' }, silent);
  await tellReady({ PATH: '/nowhere', NOTIFY_SOCKET: '' }, silent);
});

test('without the command, the log says why systemd waits', async () => {
  const warnings: unknown[] = [];
  await tellReady(
    { PATH: '/nowhere', NOTIFY_SOCKET: '@socket' },
    { warn: (...args: unknown[]) => warnings.push(args[1]) },
  );
  assert.deepEqual(warnings, ['cannot tell systemd that the server is ready, so systemd waits']);
});
