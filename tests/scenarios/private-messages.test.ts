import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ParcelClient } from '../support/parcel-client.ts';
import { testServer } from '../support/server.ts';
import { WireClient } from '../support/wire-client.ts';

const accounts = { bob: 'battery staple' };

test('a private message to an account that is away is kept, whichever protocol it is sent over', async (context) => {
  const server = await testServer(context, { accounts });
  const alice = await WireClient.register(context, server, 'alice');
  assert.equal(await alice.ask('@alice: !msg bob first'), 'bob is not online; the message is kept');
  const { client: carol } = await ParcelClient.enter(context, server, 'REGISTER carol');
  const sent = await carol.ask('SENDTO bob', {}, 'second');
  assert.deepEqual([sent.start, sent.headers.Reached], ['200 Sent', '0']);
  const { client: bob } = await ParcelClient.enter(context, server, 'LOGIN bob', { Password: accounts.bob });
  bob.send('HISTORY');
  const told = (await bob.until('200 End of history')).filter(({ start }) => start === 'MESSAGE CHAT/1.1');
  assert.deepEqual(
    told.map(({ headers, body }) => [headers.From, body]),
    [
      ['alice', 'first'],
      ['carol', 'second'],
    ],
  );
  assert.equal(await alice.ask('@alice: !msg bob third'), 'Message sent to bob');
});

test('a guest whose place is kept gets a private message when they are back', async (context) => {
  const server = await testServer(context);
  const alice = await WireClient.register(context, server, 'alice');
  const { client: dave, answer } = await ParcelClient.enter(context, server, 'REGISTER dave');
  dave.wire.close();
  while ((await alice.ask('@alice: !list')) !== 'alice') await new Promise(setImmediate);
  assert.equal(await alice.ask('@alice: !msg dave hello'), 'dave is not online; the message is kept');
  const { Token = '', Epoch = '', Position = '' } = answer.headers;
  const again = { Token, Epoch, Since: Position };
  const { client: back } = await ParcelClient.enter(context, server, 'LOGIN dave', again);
  const { start, body } = await back.next();
  assert.deepEqual([start, body], ['MESSAGE CHAT/1.1', 'hello']);
});

test('verbs does not send to an account that is away', async (context) => {
  const server = await testServer(context, { accounts });
  const alice = await WireClient.login(context, server, 'alice');
  assert.notEqual(await alice.ask('sendto bob hello'), 'RESPONSE ok');
  const { client: bob } = await ParcelClient.enter(context, server, 'LOGIN bob', { Password: accounts.bob });
  assert.equal(await alice.ask('sendto bob hello'), 'RESPONSE ok');
  assert.equal((await bob.next()).body, 'hello');
});
