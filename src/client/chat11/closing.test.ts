import assert from 'node:assert/strict';
import { it } from 'node:test';
import { startChat11StandIn } from '../../../tests/support/stand-in-chat11.ts';
import { connect } from '../../client-node/connect.ts';

const guest = { name: 'alice', stateFolder: false } as const;

it('ends a handler quietly whose request is cut off when its user closes the client', async (t) => {
  const server = await startChat11StandIn(t, ({ kind }) => kind !== 'list');
  const client = await connect(server.address, guest);
  const working = client.handle(async () => void (await client.list()));
  server.peers[0]?.tell({ kind: 'message', position: 1, from: 'bob', timeMs: 0, text: 'a job' });
  await server.until(() => server.kinds().includes('list'));
  await client.close();
  assert.equal(await working, undefined);
});
