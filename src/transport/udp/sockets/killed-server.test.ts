import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import { Observed } from '../../../../tests/support/observed-connection.ts';
import { dialUdp } from './dial-udp.ts';

/** A server in a process of its own, that says one thing to each client; its process and its port. */
async function serverProcess(context: TestContext, port = 0): Promise<readonly [ChildProcess, number]> {
  const script = `
    import { listenUdp } from ${JSON.stringify(path.join(import.meta.dirname, 'listen-udp.ts'))};
    const secret = new Uint8Array(32).fill(3);
    const server = await listenUdp({ host: '127.0.0.1', port: ${port}, secret }, (connection) => {
      connection.attach({ onData() {}, onDrain() {}, onEnd() {}, onClose() {} });
      connection.write(Buffer.from('hello'));
    });
    process.stdout.write(String(server.port));`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  context.after(() => child.kill('SIGKILL'));
  const [told] = await once(child.stdout, 'data');
  return [child, Number(told)];
}

/** A client that has heard something and says nothing, of a server that was killed then; and the server's port. */
async function readerOfKilledServer(
  context: TestContext,
  refusedMs: number,
): Promise<readonly [Observed, number]> {
  const [server, port] = await serverProcess(context);
  const settings = { refusedMs };
  const client = new Observed(await dialUdp({ host: '127.0.0.1', port, isTrusted: () => true, settings }));
  await client.until(() => client.received === 5);
  server.kill('SIGKILL');
  await once(server, 'exit');
  return [client, port];
}

test('a client that only reads notices that its server was killed', async (context) => {
  const [client] = await readerOfKilledServer(context, 200);
  await client.closed();
  assert.match(String(client.closes[0]), /ECONNRESET: nobody listens there any more/);
});

test('and that it was killed and started again', async (context) => {
  // It does not give up before the new server listens, however long that takes to start.
  const [client, port] = await readerOfKilledServer(context, Infinity);
  await serverProcess(context, port);
  await client.closed();
  assert.match(String(client.closes[0]), /ECONNRESET: the server has forgotten it/);
});
