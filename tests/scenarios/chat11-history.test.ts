import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ParcelClient, textsOf } from '../support/parcel-client.ts';
import { testServer } from '../support/server.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const accounts = { alice: 'correct horse', bob: 'battery staple' };
const alicesWay = { Password: accounts.alice };

test('whoever comes back with a position gets what was for them since, then what is new', async (context) => {
  const dataFolder = await temporaryFolder(context);
  const first = await testServer(context, { accounts, dataFolder });
  const { client, answer } = await ParcelClient.enter(context, first, 'LOGIN alice', {
    ...alicesWay,
    Follow: 'apple',
  });
  const { client: bob } = await ParcelClient.enter(context, first, 'REGISTER bobby');
  await client.ask('DISCONNECT');
  await bob.ask('SEND', {}, 'an apple');
  await bob.ask('SEND', {}, 'a pear');
  await bob.ask('SENDTO alice', {}, 'for you alone');
  await first.close();
  const server = await testServer(context, { dataFolder });
  const { Epoch = '', Position = '' } = answer.headers;
  const { client: back } = await ParcelClient.enter(context, server, 'LOGIN alice', {
    ...alicesWay,
    Since: Position,
    Epoch,
  });
  const missed = await back.until('CAUGHT-UP');
  assert.deepEqual(textsOf(missed), ['an apple', 'for you alone']);
  assert.deepEqual(
    missed.map(({ headers }) => headers.Matched),
    ['apple', undefined, '2'],
  );
  assert.equal(missed.at(-1)?.headers.Of, '3');
  assert.deepEqual(
    missed.map(({ headers }) => headers.Replay),
    [undefined, undefined, undefined],
  );
  const { client: carol } = await ParcelClient.enter(context, server, 'REGISTER carol');
  await carol.ask('SEND', {}, 'apple again');
  assert.equal((await back.next()).body, 'apple again');
});

test('a position of another epoch, or one that was never reached, resets', async (context) => {
  const server = await testServer(context, { accounts });
  for (const headers of [
    { Since: '0', Epoch: 'another' },
    { Since: '99', Epoch: '' },
  ]) {
    const { client, answer } = await ParcelClient.enter(context, server, 'LOGIN alice', alicesWay);
    const epoch = answer.headers.Epoch ?? '';
    await client.ask('LOGOUT');
    client.send('LOGIN alice', { ...alicesWay, ...headers, Epoch: headers.Epoch || epoch });
    assert.equal((await client.next()).start, '200 Logged in');
    assert.deepEqual(await client.next(), { start: 'RESET CHAT/1.1', headers: { Epoch: epoch }, body: '' });
  }
});

test('sending again under the same id stores nothing, for an account even after a restart', async (context) => {
  const dataFolder = await temporaryFolder(context);
  const first = await testServer(context, { accounts, dataFolder });
  const { client } = await ParcelClient.enter(context, first, 'LOGIN alice', alicesWay);
  assert.equal((await client.ask('SEND', { Id: 'a' }, 'once')).headers.Position, '1');
  assert.equal((await client.ask('SEND', { Id: 'a' }, 'once')).headers.Position, '1');
  assert.equal((await client.ask('SEND', { Id: 'b' }, 'twice')).headers.Position, '2');
  await first.close();
  const server = await testServer(context, { dataFolder });
  const { client: again } = await ParcelClient.enter(context, server, 'LOGIN alice', alicesWay);
  assert.equal((await again.ask('SEND', { Id: 'a' }, 'once')).headers.Position, '1');
  const { client: bob } = await ParcelClient.enter(context, server, 'REGISTER bobby');
  assert.equal((await bob.ask('SEND', { Id: 'a' }, 'mine')).headers.Position, '3');
  await bob.ask('LOGOUT');
  await bob.ask('REGISTER bobby');
  assert.equal((await bob.ask('SEND', { Id: 'a' }, 'of another guest')).headers.Position, '4');
});

test('history is what reached one and what one said, by range and by word', async (context) => {
  const server = await testServer(context, { accounts });
  const { client: alice } = await ParcelClient.enter(context, server, 'LOGIN alice', {
    ...alicesWay,
    Follow: 'apple',
  });
  const { client: bob } = await ParcelClient.enter(context, server, 'LOGIN bob', { Password: accounts.bob });
  const { client: carol } = await ParcelClient.enter(context, server, 'REGISTER carol', { Follow: '*' });
  await bob.ask('SEND', {}, 'apple 1');
  await bob.ask('SEND', {}, 'pear 2');
  await alice.ask('SEND', {}, 'mine 3');
  await bob.ask('SENDTO alice', {}, 'secret apple 4');
  await bob.ask('SEND', {}, 'apple 5');
  const ask = async (client: ParcelClient, headers: Record<string, string>): Promise<string[]> => {
    await client.ask('LOGOUT');
    client.send('LOGIN alice', alicesWay);
    await client.until('200 Logged in');
    client.send('HISTORY', headers);
    const parcels = await client.until('200 End');
    for (const { start, headers: got } of parcels.slice(0, -1)) {
      assert.equal(start, 'MESSAGE CHAT/1.1');
      assert.equal(got.Replay, 'yes');
    }
    return textsOf(parcels);
  };
  const reader = await ParcelClient.connect(context, server);
  await reader.ask('REGISTER reader');
  assert.deepEqual(await ask(reader, {}), ['apple 1', 'mine 3', 'secret apple 4', 'apple 5']);
  assert.deepEqual(await ask(reader, { Limit: '2' }), ['secret apple 4', 'apple 5']);
  assert.deepEqual(await ask(reader, { Limit: '2', After: '0' }), ['apple 1', 'mine 3']);
  assert.deepEqual(await ask(reader, { Before: '5', Limit: '1' }), ['secret apple 4']);
  assert.deepEqual(await ask(reader, { Match: 'Apple' }), ['apple 1', 'secret apple 4', 'apple 5']);
  assert.deepEqual(await ask(reader, { Match: 'apple', Limit: '1', After: '1' }), ['secret apple 4']);
  assert.deepEqual(await ask(reader, { Match: '@bob' }), ['apple 1', 'apple 5']);
  assert.deepEqual(await ask(reader, { Match: 'pear' }), []);
  carol.send('HISTORY', { Limit: 200 });
  assert.ok(!textsOf(await carol.until('200 End')).includes('secret apple 4'));
});

test('an answer has 1 MiB of texts and the rest of the last one, however few of those that are read it is', async (context) => {
  const server = await testServer(context, { accounts });
  const { client: alice } = await ParcelClient.enter(context, server, 'REGISTER alicia');
  for (let at = 0; at < 24; at++)
    await alice.ask('SENDTO bob', {}, `${at < 20 ? 'apple' : 'pear'} ${'x'.repeat(60_000)}`);
  alice.send('HISTORY', { Match: 'apple' });
  // A unit of UTF-16 counts two bytes.
  assert.equal(textsOf(await alice.until('200 End')).length, Math.ceil((1024 * 1024) / 120_000));
});

test('who follows a term from a position on is shown what was said about it before', async (context) => {
  const server = await testServer(context);
  const { client: bob } = await ParcelClient.enter(context, server, 'REGISTER bob');
  for (const text of ['pie 1', 'cake 2', 'pie 3']) await bob.ask('SEND', {}, text);
  const { client: alice } = await ParcelClient.enter(context, server, 'REGISTER alice');
  alice.send('FOLLOW', { Term: 'pie', Since: 1 });
  const parcels = await alice.until('200 Now following');
  assert.deepEqual(textsOf(parcels), ['pie 3']);
  assert.equal(parcels[0]?.headers.Replay, 'yes');
  assert.equal((await alice.ask('FOLLOW', { Term: 'PIE' })).start, '409 You follow PIE already');
  assert.equal((await alice.ask('UNFOLLOW', { Term: 'cake' })).start, '404 You do not follow cake');
  assert.equal((await alice.ask('UNFOLLOW', { Term: '@all' })).start, '422 All users must follow @all');
  assert.equal((await alice.ask('UNFOLLOW', { Term: 'pie' })).start, '200 No longer following');
});

test('what was stored is answered so again, also when the one whom it was for has left', async (context) => {
  const server = await testServer(context);
  const { client: bob } = await ParcelClient.enter(context, server, 'REGISTER bob');
  const { client: alice } = await ParcelClient.enter(context, server, 'REGISTER alice');
  assert.equal((await alice.ask('SENDTO bob', { Id: 1 }, 'psst')).headers.Position, '1');
  await bob.ask('LOGOUT');
  const again = await alice.ask('SENDTO bob', { Id: 1 }, 'psst');
  assert.deepEqual([again.start, again.headers], ['200 Sent', { Position: '1', Reached: '0' }]);
  assert.equal((await alice.ask('SENDTO bob', { Id: 2 }, 'and now')).start, '404 Nobody has the name bob');
});

test('what was stored is answered so again, also when its sender is over the rate by then', async (context) => {
  const limits = { messageBurst: 2 };
  const server = await testServer(context, { messageRate: 0.001, limits });
  const { client: alice } = await ParcelClient.enter(context, server, 'REGISTER alice');
  for (const Id of [1, 2]) assert.equal((await alice.ask('SEND', { Id }, `text ${Id}`)).start, '200 Sent');
  assert.match((await alice.ask('SEND', { Id: 3 }, 'text 3')).start, /^429 /);
  const again = await alice.ask('SEND', { Id: 2 }, 'text 2');
  assert.deepEqual([again.start, again.headers], ['200 Sent', { Position: '2', Reached: '0' }]);
});
