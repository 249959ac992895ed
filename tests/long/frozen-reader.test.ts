import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { Server } from '../../src/server/server.ts';
import { transports } from '../support/bad-path.ts';
import { ParcelClient } from '../support/parcel-client.ts';
import { testServer } from '../support/server.ts';
import { WireClient } from '../support/wire-client.ts';

for (const { name: over, udp, open } of transports) {
  // A proxy would take the bytes that the one who does not read leaves to the system.
  const placeOf = async (context: TestContext, server: Server) => ({
    port: udp ? (await open(context, server)).wire.port : server.port,
    isUdp: udp,
  });

  test(`who does not read over ${over} while 50 MB pass delays nobody, costs its bound, and gets all in order, once`, async (context) => {
    const server = await testServer(context, { udp });
    const place = await placeOf(context, server);
    const sender = await WireClient.register(context, server, 'sender');
    const frozen = await WireClient.register(context, place, 'frozen', 'Follow: apple\n\n');
    const reader = await WireClient.register(context, server, 'reader', 'Follow: apple\n\n');
    for (const client of [frozen, reader]) assert.match(await client.ask('!follow?'), /^apple/);
    frozen.freeze();
    const count = 800;
    const text = (number: number): string => `apple ${number} ${'x'.repeat(65_000)}`;
    const heapBefore = process.memoryUsage().arrayBuffers;
    for (let number = 0; number < count; number++) {
      sender.send(`${text(number)}\n`);
      // In step with the one who reads, so that what is measured is what the server holds.
      assert.equal(await reader.line(), `@sender: ${text(number)}`);
    }
    // The frozen client shares this process, so its own buffers count too: they stop at what a socket takes.
    assert.ok(process.memoryUsage().arrayBuffers - heapBefore < 32 * 1024 * 1024);
    frozen.thaw();
    for (let number = 0; number < count; number++)
      assert.equal(await frozen.line(), `@sender: ${text(number)}`);
    sender.send('the last apple\n');
    assert.equal(await frozen.line(), '@sender: the last apple');
  });

  test(`a reader over ${over} that lags and takes nothing for its time is closed, and its name is free`, async (context) => {
    const server = await testServer(context, { udp, limits: { lagStallMs: 100 } });
    const place = await placeOf(context, server);
    const sender = await WireClient.register(context, server, 'sender');
    const frozen = await WireClient.register(context, place, 'frozen');
    frozen.freeze();
    for (let i = 0; i < 200; i++) sender.send(`@frozen ${'x'.repeat(65_000)}\n`);
    while ((await sender.ask('!list')) !== 'sender') {}
  });
}

test('follows that change while a reader lags hold for what is said after them, and not before', async (context) => {
  const server = await testServer(context);
  const sender = await WireClient.register(context, server, 'sender');
  const frozen = await WireClient.register(context, server, 'frozen', 'Follow: apple,fill\n\n');
  const witness = await WireClient.register(context, server, 'witness', 'Follow: *\n\n');
  for (const client of [frozen, witness]) assert.match(await client.ask('!follow?'), /@all/);
  const say = async (text: string): Promise<void> => {
    sender.send(`${text}\n`);
    assert.equal(await witness.line(), `@sender: ${text}`);
  };
  frozen.freeze();
  const filler = `fill ${'x'.repeat(65_000)}`;
  for (let i = 0; i < 150; i++) await say(filler);
  await say('apple before');
  await say('pie before');
  // Commands are heard from a reader that lags; when they took effect shows in what witness is told.
  frozen.send('!unfollow apple\n!follow pie\n@frozen: done\n');
  assert.equal(await witness.line(), '@frozen: done');
  await say('apple after');
  await say('pie after');
  await say('fill the end');
  frozen.thaw();
  const got: string[] = [];
  while (got.at(-1) !== '@sender: fill the end') got.push(await frozen.line());
  const said = got.filter((line) => line !== `@sender: ${filler}` && !/ollowing/.test(line));
  assert.deepEqual(said, ['@sender: apple before', '@sender: pie after', '@sender: fill the end']);
  assert.equal(got.filter((line) => line === `@sender: ${filler}`).length, 150);
});

test('readers that hold more together than all may hold lag, though none is over its own bound', async (context) => {
  const limits = { outboxBytes: 64 * 1024 * 1024, allOutboxesBytes: 256 * 1024, lagStallMs: 100 };
  const server = await testServer(context, { limits });
  const sender = await WireClient.register(context, server, 'sender');
  const frozen = await WireClient.register(context, server, 'frozen');
  frozen.freeze();
  for (let i = 0; i < 200; i++) sender.send(`@frozen ${'x'.repeat(65_000)}\n`);
  // Only a reader that lags is closed.
  while ((await sender.ask('!list')) !== 'sender') {}
});

test('a reader that takes none of its answers is closed too, and holds nothing for ever', async (context) => {
  const stalled = Promise.withResolvers<void>();
  const server = await testServer(context, {
    limits: { lagStallMs: 100 },
    onLogLine: (line) => JSON.parse(line).msg === 'reader takes nothing; closed' && stalled.resolve(),
  });
  const { client: frozen } = await ParcelClient.enter(context, server, 'REGISTER frozen');
  for (let i = 0; i < 8; i++) await frozen.ask('SEND', {}, 'x'.repeat(65_000));
  frozen.wire.freeze();
  for (let i = 0; i < 100; i++) frozen.send('HISTORY', { Limit: 200 });
  await stalled.promise;
  const sender = await WireClient.register(context, server, 'sender');
  while ((await sender.ask('!list')) !== 'sender') {}
});
