import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Client } from '../../src/client/client.ts';
import { LostError } from '../../src/client/errors.ts';
import { connect } from '../../src/client-node/connect.ts';
import { closing } from '../support/client-events.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { startChat11StandIn } from '../support/stand-in-chat11.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const guest = { stateFolder: false, random: () => 0 } as const;

test('a signal ends a transfer at once, also when the server says nothing and takes nothing', async (t) => {
  const folder = await temporaryFolder(t);
  const path = join(folder, 'long.bin');
  await writeFile(path, randomBytes(64 * 1024 * 1024));
  const silent = await startChat11StandIn(t, ({ kind }) => kind !== 'attach' && kind !== 'fetch');
  const frozen = await startChat11StandIn(t, ({ kind }, peer) => {
    if (kind !== 'attach') return kind !== 'data';
    peer.answer({ kind: 'attach', upload: 'u1', offset: 0 });
    peer.freeze();
    return false;
  });
  let pieces = 0;
  const onProgress = (): void => {
    pieces += 1;
  };
  const isStuck = async (): Promise<void> => {
    for (let seen = -1, turns = 0; turns < 2_000; turns++) {
      await new Promise((resolve) => setImmediate(resolve));
      if (pieces === 0 || pieces !== seen) turns = 0;
      seen = pieces;
    }
  };
  const to = { to: 'bob' };
  for (const [server, isBegun, begin] of [
    [
      silent,
      () => silent.until(() => silent.kinds().includes('fetch')),
      (client, signal) =>
        client.fetch({ id: 'f1', name: 'x', bytes: 1, sha256: 'a'.repeat(64) }, folder, { signal }),
    ],
    [
      silent,
      () => silent.until(() => silent.kinds().includes('attach')),
      (client, signal) => client.attach(path, to, { signal }),
    ],
    [frozen, isStuck, (client, signal) => client.attach(path, to, { signal, onProgress })],
  ] as const satisfies readonly (readonly [
    typeof silent,
    () => Promise<void>,
    (client: Client, signal: AbortSignal) => Promise<unknown>,
  ])[]) {
    const client = closing(t, await connect(server.address, { ...guest, name: 'alice' }));
    const stop = new AbortController();
    const transfer = begin(client, stop.signal);
    transfer.catch(() => {});
    await isBegun();
    stop.abort(new Error('enough'));
    await assert.rejects(transfer, /^Error: enough$/);
  }
  assert.deepEqual(await readdir(folder), ['long.bin']);
});

test('after a signal a file whose COMMIT was not answered may be announced or not', async (t) => {
  const path = join(await temporaryFolder(t), 'note.txt');
  await writeFile(path, 'x');
  const server = await startChat11StandIn(t, ({ kind }, peer) => {
    if (kind === 'attach') peer.answer({ kind: 'attach', upload: 'u1', offset: 0 });
    else if (kind === 'commit') peer.cut();
    else return kind !== 'data';
    return false;
  });
  // Its clock stands still: it does not reconnect.
  const options = { ...guest, name: 'alice', clock: new FakeClock() };
  const client = closing(t, await connect(server.address, options));
  const stop = new AbortController();
  const sending = client.attach(path, { to: 'bob' }, { signal: stop.signal });
  client.once('offline', () => stop.abort(new Error('enough')));
  await assert.rejects(sending, (error) => error instanceof LostError && error.reason === 'unknown');
});
