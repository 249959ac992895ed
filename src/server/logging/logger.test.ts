import assert from 'node:assert/strict';
import { closeSync, openSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { FakeClock } from '../../../tests/support/fake-clock.ts';
import { temporaryFolder } from '../../../tests/support/temporary-folder.ts';
import { createLogger } from './logger.ts';

test('the format is that of the output, unless one is given', async (context) => {
  const folder = await temporaryFolder(context);
  const logged = (isTTY: boolean, format?: string): string => {
    const file = path.join(folder, `${isTTY} ${format}`);
    const fd = openSync(file, 'w');
    const output = { fd, isTTY, writableLength: 0, write: () => assert.fail(), on() {} };
    createLogger('info', output, new FakeClock(), format).info({ user: 'alice' }, 'logged in');
    closeSync(fd);
    return readFileSync(file, 'utf8');
  };
  const json = /^\{"level":30,"time":"[^"]+","user":"alice","msg":"logged in"\}\n$/;
  assert.match(logged(false), json);
  assert.match(logged(true, 'json'), json);
  assert.match(logged(false, 'pretty'), /^\d\d:\d\d:\d\d INFO {2}logged in user=alice\n$/);
  assert.match(logged(true), /INFO .*logged in user=alice\n$/);
});
