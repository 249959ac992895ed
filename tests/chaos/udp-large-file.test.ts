import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { connect } from '../../src/client-node/connect.ts';
import { parseChatAddress } from '../../src/transport/address.ts';
import { closing, next } from '../support/client-events.ts';
import { DatagramRelay } from '../support/datagram-relay.ts';
import { startServerProcess } from '../support/server-process.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { udpAddressOf } from '../support/udp-address.ts';

const mebibytes = 100;

test('100 MiB arrive identical over UDP that loses a tenth, up and down, with lines beside them', async (context) => {
  const server = await startServerProcess(context, [
    '--data',
    await temporaryFolder(context),
    '--message-rate',
    '0',
  ]);
  const parsed = parseChatAddress(udpAddressOf(server));
  assert.ok(parsed.ok);
  const relay = await DatagramRelay.open(context, server.port, { loss: 0.1 });
  const address = { ...parsed.address, port: relay.port };
  const quiet = { stateFolder: false } as const;
  const alice = closing(context, await connect(address, { ...quiet, name: 'alice' }));
  const bob = closing(context, await connect(address, { ...quiet, name: 'bob', follow: ['apple'] }));
  const content = randomBytes(mebibytes * 1024 * 1024);
  const sha256 = createHash('sha256').update(content).digest('hex');
  const delaysMs: number[] = [];
  let isDone = false;
  const talk = async (): Promise<void> => {
    while (!isDone) {
      const heard = next(bob, 'message');
      const saidMs = performance.now();
      await alice.send('an apple');
      await heard;
      delaysMs.push(performance.now() - saidMs);
    }
  };
  const talking = talk();
  const announced = next(bob, 'attachment');
  const beganMs = performance.now();
  await alice.attach({ name: 'large.bin', content: new Blob([content]) }, { terms: ['apple'] });
  const upMs = performance.now() - beganMs;
  const hash = createHash('sha256');
  for await (const piece of bob.fetchStream(await announced)) hash.update(piece);
  const downMs = performance.now() - beganMs - upMs;
  isDone = true;
  await talking;
  assert.equal(hash.digest('hex'), sha256);
  const sorted = delaysMs.sort((a, b) => a - b);
  const at = (share: number): string => (sorted[Math.floor(share * sorted.length)] ?? 0).toFixed(0);
  context.diagnostic(
    `up in ${(upMs / 1000).toFixed(1)} s, down in ${(downMs / 1000).toFixed(1)} s; ${relay.lost} datagrams were lost; ` +
      `${sorted.length} lines beside it: median ${at(0.5)} ms, 99th percentile ${at(0.99)} ms`,
  );
});
