import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { Client, ConnectOptions } from '../../src/client/client.ts';
import { connect } from '../../src/client-node/connect.ts';
import type { Server } from '../../src/server/server.ts';
import { testServer } from '../support/server.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

/** Names in another case than their owners': what is delivered now is what is found later. */

async function joined(
  context: TestContext,
  server: Server,
  name: string,
  options: Partial<ConnectOptions> = {},
): Promise<{ client: Client; heard: string[] }> {
  const address = { host: '127.0.0.1', port: server.port };
  const client = await connect(address, { name, stateFolder: false, ...options });
  context.after(() => client.close());
  const heard: string[] = [];
  client.on('message', ({ text }) => heard.push(text));
  return { client, heard };
}

const textsOf = async (client: Client, match?: string): Promise<string[]> => {
  const { entries } = await client.history(match === undefined ? {} : { match });
  return entries.map((entry) => (entry.kind === 'message' ? entry.text : entry.kind));
};

test('a name in another case reaches its owner: live, in catch-up, in history and search, after a restart too', async (context) => {
  const dataFolder = await temporaryFolder(context);
  const stateFolder = await temporaryFolder(context);
  const password = 'correct-horse';
  let server = await testServer(context, { dataFolder, accounts: { ken: password } });
  const ken = await joined(context, server, 'ken', { password, stateFolder });
  const alice = await joined(context, server, 'alice');
  const said: string[] = [];
  const says = async (text: string, reached: number): Promise<void> => {
    if (reached === 1) said.push(text);
    assert.equal((await alice.client.send(text)).reached, reached, text);
  };
  await says('hello @Ken', 1);
  await says('(@KEN), are you there?', 1);
  await says("that is @keN's", 1);
  await says('mail@Ken.example is no mention', 0);
  await says('@Kenneth is another', 0);
  while (ken.heard.length < said.length) await new Promise(setImmediate);
  assert.deepEqual(ken.heard, said);
  await ken.client.close();

  await alice.client.send('still there, @Ken?');
  said.push('still there, @Ken?');
  const back = await joined(context, server, 'ken', { password, stateFolder });
  while (back.heard.length < 1) await new Promise(setImmediate);
  assert.deepEqual(back.heard, ['still there, @Ken?']);
  await back.client.close();
  await alice.client.close();
  await server.close();
  server = await testServer(context, { dataFolder });
  const later = await joined(context, server, 'ken', { password });
  assert.deepEqual(await textsOf(later.client), said);
  assert.deepEqual(await textsOf(later.client, '@ken'), said);
});

test('a name that somebody has, or that may mean two, is nobody else', async (context) => {
  const server = await testServer(context);
  const ken = await joined(context, server, 'ken');
  const alice = await joined(context, server, 'alice');
  const reached = async (text: string) => (await alice.client.send(text)).reached;
  assert.equal(await reached('one @Ken'), 1);
  const other = await joined(context, server, 'Ken');
  assert.equal(await reached('two @Ken'), 1);
  assert.equal(await reached('three @KEN'), 0, 'ken or Ken?');
  await other.client.close();
  assert.equal(await reached('four @Ken @KEN'), 1);
  while (ken.heard.length < 2) await new Promise(setImmediate);
  assert.deepEqual([ken.heard, other.heard], [['one @Ken', 'four @Ken @KEN'], ['two @Ken']]);
  // What was said to Ken, who has left, is ken's neither now nor later.
  assert.deepEqual(await textsOf(ken.client), ['one @Ken', 'four @Ken @KEN']);
  // Twenty names are looked up, so that a text costs no more.
  const many = Array.from({ length: 20 }, (_, at) => `@nobody${at}`).join(' ');
  assert.equal(await reached(`${many} @Ken`), 0);
});

test('everybody may be followed in any case', async (context) => {
  const server = await testServer(context);
  const { client } = await joined(context, server, 'alice');
  await assert.rejects(client.follow('@ALL'), /already/);
  await assert.rejects(client.unfollow('@All'), /@all/);
});
