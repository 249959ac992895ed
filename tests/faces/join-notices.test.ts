import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, test } from 'node:test';
import { admitted, startChat11StandIn } from '../support/stand-in-chat11.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { endJoiners, Joiner } from './joiner.ts';

afterEach(endJoiners);

test("marks the server's notices as the server's, and its own not", async (context) => {
  const server = await startChat11StandIn(context, ({ kind }, peer) => {
    if (kind === 'register') peer.refuse(403);
    if (kind === 'login') {
      peer.answer({ kind: 'login', ...admitted });
      peer.tell({ kind: 'notice', text: 'Down at noon' });
    }
    return kind !== 'register' && kind !== 'login';
  });
  const file = join(await temporaryFolder(context), 'file');
  await writeFile(file, '');
  const env = { XDG_STATE_HOME: file, EARSHOT_PASSWORD: 'correct horse' };
  const script = new Joiner(['alice', `chat://127.0.0.1:${server.address.port}`, '--state', 'x'], { env });
  await script.waitFor('the notice', ({ output }) => output === 'The server says: Down at noon\n');
  script.signal('SIGINT');
  assert.equal(await script.exit(), 0);
  assert.match(script.errors, /^How far you have read cannot be saved: no such file or folder \(ENOTDIR\)$/m);
});
