import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FakeClock } from '../support/fake-clock.ts';
import { testServer } from '../support/server.ts';
import { WireClient } from '../support/wire-client.ts';

/** What the connections of an address may ask for together. */
const limits = { addressRequestBurst: 20, addressRequestsPerSecond: 10, loopbackFactor: 1 };

test('another connection from an address is no other budget of requests, and each gets its share', async (context) => {
  const clock = new FakeClock();
  const server = await testServer(context, { clock, limits });
  const first = await WireClient.register(context, server, 'first');
  const second = await WireClient.register(context, server, 'second');
  const third = await WireClient.register(context, server, 'third');
  first.send('!unknown\n'.repeat(1_000));
  await first.lines(19);
  second.send('!unknown\n'.repeat(1_000));
  const elsewhere = await WireClient.register(context, { port: server.port, from: '127.0.0.2' }, 'elsewhere');
  assert.equal(await elsewhere.ask('!list'), 'first, second, third, elsewhere');
  third.send('!follow?\n');
  assert.equal(await elsewhere.ask('!list'), 'first, second, third, elsewhere');
  assert.deepEqual([second.segments.length, third.segments.length], [1, 1]);
  // One request for each.
  clock.advance(400);
  await Promise.all([first.line(), second.line()]);
  assert.equal(await third.line(), '@third, @all');
});

test('who breaks off while its address has no requests left is not served', async (context) => {
  const clock = new FakeClock();
  const server = await testServer(context, { clock, limits, accounts: { alice: 'correct horse' } });
  const first = await WireClient.register(context, server, 'first');
  first.send('!unknown\n'.repeat(1_000));
  await first.lines(19);
  const hello = 'Password: correct horse\n\n';
  const gone = await WireClient.register(context, server, 'alice', hello);
  gone.send('!follow apple\n');
  const elsewhere = { port: server.port, from: '127.0.0.2' };
  const bystander = await WireClient.register(context, elsewhere, 'bystander');
  assert.equal(await bystander.ask('!list'), 'first, alice, bystander');
  gone.socket.resetAndDestroy();
  while ((await bystander.ask('!list')) !== 'first, bystander');
  const again = await WireClient.register(context, elsewhere, 'alice', hello);
  assert.equal(await again.ask('!follow?'), '@alice, @all');
});
