import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { type TestContext, test } from 'node:test';
import { ParcelClient } from '../support/parcel-client.ts';
import { startServerProcess } from '../support/server-process.ts';
import { straceMissing } from '../support/strace.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

test(
  'a server whose disk hangs ends in time when it is told to, and has what it acknowledged',
  { skip: straceMissing() },
  async (context) => {
    const args = ['--data', await temporaryFolder(context), '--limit', 'shutdownMs=2000'];
    const server = await startServerProcess(context, args);
    const { client: alice } = await ParcelClient.enter(context, server, 'REGISTER alice');
    const { client: bob } = await ParcelClient.enter(context, server, 'REGISTER bob');
    const sent = await alice.ask('SEND', {}, 'safe');
    assert.equal(sent.start, '200 Sent');
    const strace = await hangSyncs(context, server.pid);
    alice.send('SEND', {}, 'never safe');
    assert.equal((await bob.ask('PING')).start, '200 Pong', 'others notice nothing');
    const ended = server.end('SIGTERM');
    while (!server.lines.some((line) => line.includes('"level":60'))) {
      assert.ok(server.process.stdout);
      await once(server.process.stdout, 'data');
    }
    // It keeps who is killed in the middle of a call that it holds up from being seen to be gone.
    strace.kill('SIGKILL');
    assert.equal(await ended, 'SIGKILL');
    const next = await startServerProcess(context, args);
    const { client: reader } = await ParcelClient.enter(context, next, 'REGISTER carol', { Follow: 'safe' });
    const again = await reader.ask('SEND', {}, 'after');
    assert.ok(Number(again.headers.Position) > Number(sent.headers.Position));
    assert.equal(await next.end('SIGTERM'), 0);
  },
);

/** From now on no sync of the process comes back, until it ends. */
async function hangSyncs(context: TestContext, pid: number): Promise<ChildProcess> {
  const calls = 'fsync,fdatasync';
  const inject = `inject=${calls}:delay_enter=3600000000`;
  const strace = spawn(
    'strace',
    ['-f', '-p', `${pid}`, '-o', '/dev/null', '-e', `trace=${calls}`, '-e', inject],
    {
      stdio: ['ignore', 'ignore', 'pipe'],
    },
  );
  context.after(() => strace.kill('SIGKILL'));
  const [said] = await once(strace.stderr.setEncoding('utf8'), 'data');
  assert.match(String(said), /attached/);
  return strace;
}
