import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { ParcelClient } from '../support/parcel-client.ts';
import { testServer } from '../support/server.ts';
import { WireClient } from '../support/wire-client.ts';

const password = 'correct horse';
const messages = 5;
/** Long and beyond ASCII, so that looking through it is work. */
const text = Array.from({ length: 8_000 }, (_, at) => `é${at.toString(36)}`).join(' ');

/**
 * Counts the work on long texts in the turns of the event loop: the server of this process looks for words by splitting, and
 * encodes for each wire. Gives the most that was done in one turn since the last call.
 */
function countWork(context: TestContext): () => { readonly split: number; readonly encoded: number } {
  let turn = 0;
  let timer: NodeJS.Immediate;
  const next = (): void => {
    turn++;
    timer = setImmediate(next);
  };
  next();
  context.after(() => clearImmediate(timer));
  const split = new Map<number, number>();
  const encoded = new Map<number, number>();
  const count = (work: Map<number, number>, length: number): void => {
    if (length >= text.length) work.set(turn, (work.get(turn) ?? 0) + 1);
  };
  const realSplit = String.prototype.split as (this: string, by: string | RegExp, most?: number) => string[];
  context.mock.method(String.prototype, 'split', function (this: string, by: string | RegExp, most?: number) {
    count(split, this.length);
    return realSplit.call(this, by, most);
  });
  const { encode: realEncode } = TextEncoder.prototype;
  context.mock.method(TextEncoder.prototype, 'encode', function (this: TextEncoder, whole = '') {
    count(encoded, whole.length);
    return realEncode.call(this, whole);
  });
  return () => {
    const most = { split: Math.max(0, ...split.values()), encoded: Math.max(0, ...encoded.values()) };
    split.clear();
    encoded.clear();
    return most;
  };
}

test('long messages of before are looked through and written one in a turn', async (context) => {
  const server = await testServer(context);
  const reader = await ParcelClient.enter(context, server, 'REGISTER reader', {
    Password: password,
    Follow: '@sender',
  });
  const { Token = '', Epoch = '', Position = '' } = reader.answer.headers;
  await reader.client.ask('DISCONNECT');
  const sender = await ParcelClient.enter(context, server, 'REGISTER sender');
  for (let n = 0; n < messages; n++) await sender.client.ask('SEND', {}, text);
  for (let n = 0; n < messages; n++) await sender.client.ask('SENDTO reader', {}, text);
  const maxWork = countWork(context);

  const { client } = await ParcelClient.enter(context, server, 'LOGIN reader', {
    Token,
    Since: Position,
    Epoch,
  });
  assert.equal((await client.until('CAUGHT-UP')).length, 2 * messages + 1);
  assert.deepEqual(maxWork(), { split: 1, encoded: 1 }, 'catching up');

  for (const Match of ['@sender', `é${(77).toString(36)}`, 'nothing']) {
    client.send('HISTORY', { Match, Limit: '200' });
    const found = (await client.until('200 End')).length - 1;
    const { split, encoded } = maxWork();
    assert.deepEqual([split, encoded <= 1, found > 0], [1, true, Match !== 'nothing'], Match);
  }

  client.send('HISTORY', { Before: Number(Position) + messages + 1 });
  assert.equal((await client.until('200 End')).length, messages + 1);
  assert.deepEqual(maxWork(), { split: 1, encoded: 1 }, 'history');

  await client.ask('UNFOLLOW', { Term: '@sender' });
  client.send('FOLLOW', { Term: '@sender', Since: Position });
  assert.equal((await client.until('200 Now')).length, messages + 1);
  assert.deepEqual(maxWork(), { split: 1, encoded: 1 }, 'following from a position on');

  const lines = await WireClient.connect(context, server);
  lines.send(`REGISTER reader CHAT/1.0\nPassword: ${password}\n\n!history 200\n`);
  for (let n = 0; n <= 2 * messages; n++) await lines.line();
  assert.deepEqual(maxWork(), { split: 0, encoded: 1 }, 'history over CHAT/1.0');
});
