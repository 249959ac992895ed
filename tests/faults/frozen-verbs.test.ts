import assert from 'node:assert/strict';
import { test } from 'node:test';
import { testServer } from '../support/server.ts';
import { WireClient } from '../support/wire-client.ts';

const text = (number: number): string => `${number} ${'x'.repeat(65_000)}`;

test('a frozen reader lags, catches up, and gets all in order, once; its sender waits for nothing', async (context) => {
  const server = await testServer(context);
  const sender = await WireClient.login(context, server, 'sender');
  const frozen = await WireClient.login(context, server, 'frozen');
  frozen.freeze();
  for (let i = 0; i < 200; i++) assert.equal(await sender.ask(`sendto frozen ${text(i)}`), 'RESPONSE ok');
  frozen.thaw();
  for (let i = 0; i < 200; i++) assert.equal(await frozen.line(), `SENDTO sender ${text(i)}`);
  assert.equal(await sender.ask('sendto frozen the end'), 'RESPONSE ok');
  assert.equal(await frozen.line(), 'SENDTO sender the end');
});

test('a reader that lags and logs out gets what was said to it before, and nothing of its successor', async (context) => {
  const server = await testServer(context);
  const sender = await WireClient.login(context, server, 'sender');
  const frozen = await WireClient.login(context, server, 'frozen');
  frozen.freeze();
  for (let i = 0; i < 200; i++) assert.equal(await sender.ask(`sendto frozen ${text(i)}`), 'RESPONSE ok');
  frozen.send('logout\nlogin thawed\nlist\n');
  while ((await sender.ask('list')) !== 'LIST sender') {}
  const successor = await WireClient.login(context, server, 'frozen');
  assert.equal(await sender.ask('sendto frozen for the successor'), 'RESPONSE ok');
  assert.equal(await successor.line(), 'SENDTO sender for the successor');
  frozen.thaw();
  for (let i = 0; i < 200; i++) assert.equal(await frozen.line(), `SENDTO sender ${text(i)}`);
  const answers = ['RESPONSE ok', 'RESPONSE ok', 'LIST sender frozen thawed'];
  assert.deepEqual(await frozen.lines(3), answers);
});
