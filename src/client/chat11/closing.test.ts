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

it('ends the login of a token that it got and nobody keeps, and not that of one that it was given', async (t) => {
  const server = await startChat11StandIn(t, () => true);
  const forgets = () => server.requests.some((request) => request.kind === 'logout' && request.forget);
  const leave = async (secret: { readonly token: string } | { readonly password: string }) => {
    const client = await connect(server.address, { name: 'alice', stateFolder: false, ...secret });
    await client.close();
    await server.until(() => server.requests.at(-1)?.kind === 'disconnect');
  };
  await leave({ token: 't1' });
  assert.equal(forgets(), false);
  await leave({ password: 'correct-horse' });
  assert.equal(forgets(), true);
});
