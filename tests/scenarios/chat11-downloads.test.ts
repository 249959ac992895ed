import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { attachFile, fetchFile, registerGuest } from '../support/chat11-files.ts';
import { ParcelClient } from '../support/parcel-client.ts';
import { testServer } from '../support/server.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const mebibyte = 1024 * 1024;
const said = 200;

test('a file is there for whom it reached and who sent it, and for nobody else', async (context) => {
  const server = await testServer(context, { accounts: { alice: 'correct horse', bob: 'battery staple' } });
  const enter = async (request: string, password: string): Promise<ParcelClient> =>
    (await ParcelClient.enter(context, server, request, { Password: password })).client;
  const alice = await enter('LOGIN alice', 'correct horse');
  const eve = await registerGuest(context, server, 'eve', { Follow: '*' });
  const late = await registerGuest(context, server, 'late');
  const secret = Buffer.from('for bob alone');
  const open = Buffer.from('for everybody who follows apples');
  assert.equal((await attachFile(alice, secret, { To: 'bob' })).headers.Reached, '0');
  assert.equal((await attachFile(alice, open, { Terms: 'apple' })).headers.Reached, '1');
  const bob = await enter('LOGIN bob', 'battery staple');
  bob.send('HISTORY');
  const [told] = await bob.until('200 End of history');
  assert.equal(told?.headers.To, 'bob');
  assert.equal(told.headers.Replay, 'yes');
  const [ofSecret, ofOpen] = [told.headers.Attachment ?? '', (await eve.next()).headers.Attachment ?? ''];
  assert.deepEqual((await fetchFile(bob, ofSecret)).bytes, secret);
  assert.deepEqual((await fetchFile(alice, ofSecret)).bytes, secret);
  assert.deepEqual((await fetchFile(alice, ofOpen)).bytes, open);
  assert.deepEqual((await fetchFile(eve, ofOpen)).bytes, open);
  assert.equal((await late.ask('FOLLOW', { Term: 'apple' })).start, '200 Now following');
  const refusals = [
    await eve.ask(`FETCH ${ofSecret}`),
    await bob.ask(`FETCH ${ofOpen}`),
    await late.ask(`FETCH ${ofOpen}`),
    await bob.ask('FETCH nothing'),
  ];
  for (const { start, headers } of refusals)
    assert.deepEqual({ start, headers }, { start: '404 Not found', headers: {} });
});

test('whoever has the name of a guest who left does not get their files', async (context) => {
  const server = await testServer(context);
  const alice = await registerGuest(context, server, 'alice');
  const bob = await registerGuest(context, server, 'bob');
  assert.equal((await attachFile(alice, Buffer.from('x'), { To: 'bob' })).headers.Reached, '1');
  const id = (await bob.next()).headers.Attachment ?? '';
  for (const [client, name] of [
    [alice, 'alice'],
    [bob, 'bob'],
  ] as const) {
    assert.equal((await client.ask('LOGOUT')).start, '200 Logged out');
    assert.equal((await client.ask(`REGISTER ${name}`)).start, '200 Registered');
    assert.equal((await client.ask(`FETCH ${id}`)).start, '404 Not found');
  }
});

test('chat comes between the pieces of a file, and files one after the other', async (context) => {
  const server = await testServer(context);
  const alice = await registerGuest(context, server, 'alice');
  const bob = await registerGuest(context, server, 'bob', { Follow: 'apple' });
  // More than the system holds on the way.
  const [large, small] = [randomBytes(24 * mebibyte), randomBytes(100_000)];
  const idOf = async (bytes: Buffer): Promise<string> => {
    assert.equal((await attachFile(alice, bytes, { Terms: 'apple' })).start, '200 Attached');
    return (await bob.next()).headers.Attachment ?? '';
  };
  const [largeId, smallId] = [await idOf(large), await idOf(small)];
  bob.send(`FETCH ${largeId}`);
  bob.send(`FETCH ${smallId}`, { Offset: 1 });
  bob.send('PING');
  const pieces: Record<string, Buffer[]> = { [largeId]: [], [smallId]: [] };
  const others: string[] = [];
  for (let left = large.length + small.length - 1; left > 0; ) {
    const { start, bytes } = await bob.nextBytes();
    const [verb = '', id = ''] = start.split(' ');
    if (verb !== 'DATA') others.push(verb);
    else {
      left -= bytes.length;
      if (pieces[id]?.push(bytes) !== 1 || id !== largeId) continue;
      bob.wire.freeze();
      for (let i = 0; i < said; i++) assert.equal((await alice.ask('SEND', {}, 'apple')).start, '200 Sent');
      bob.wire.thaw();
    }
  }
  // A file that were on its way in one go would all be there before the last of this is said.
  // Which comes first is left open: the answer to PING may wait for the session's next turn.
  const expected = [...Array(3).fill('200'), ...Array(said).fill('MESSAGE')];
  assert.deepEqual(others.sort(), expected, 'the answers and the chat, before the end');
  assert.ok(Buffer.concat(pieces[largeId] ?? []).equals(large));
  assert.ok(Buffer.concat(pieces[smallId] ?? []).equals(small.subarray(1)));
});

test('files beyond a few wait to be asked for, and LOGOUT ends those that are coming', async (context) => {
  const server = await testServer(context);
  const alice = await registerGuest(context, server, 'alice');
  const bytes = randomBytes(8 * mebibyte);
  assert.equal((await attachFile(alice, bytes, { Terms: 'apple' })).start, '200 Attached');
  alice.send('HISTORY');
  const id = (await alice.until('200 End of history'))[0]?.headers.Attachment;
  const openFiles = async (): Promise<number> => (await readdir('/proc/self/fd')).length;
  const before = await openFiles();
  for (let i = 0; i < 5; i++) alice.send(`FETCH ${id}`);
  alice.send('LOGOUT');
  const parcels = await alice.until('200 Logged out');
  const answers = parcels.map(({ start }) => start).filter((start) => /^\d/.test(start));
  assert.deepEqual(answers, [
    ...Array(4).fill('200 Found'),
    '429 At most 4 files at once; let one of them come',
    '200 Logged out',
  ]);
  assert.equal(parcels.find(({ start }) => start.startsWith('429'))?.headers['Retry-After'], '1');
  assert.equal((await alice.ask('REGISTER alice')).start, '200 Registered', 'no DATA any more');
  while ((await openFiles()) > before) await new Promise(setImmediate);
});

test('a file that is not kept any more is not there, and nothing comes of what is behind its end', async (context) => {
  const data = await temporaryFolder(context);
  const server = await testServer(context, { dataFolder: data });
  const alice = await registerGuest(context, server, 'alice');
  assert.equal((await attachFile(alice, Buffer.from('four'), { Terms: 'apple' })).start, '200 Attached');
  alice.send('HISTORY');
  const id = (await alice.until('200 End of history'))[0]?.headers.Attachment ?? '';
  assert.equal((await alice.ask(`FETCH ${id}`, { Offset: 5 })).start, '409 The file has only 4 bytes');
  for (const [offset, length, part] of [
    [4, 1, ''],
    [1, 2, 'ou'],
    [1, 0, ''],
    [2, 3, 'ur'],
    [0, 4, 'four'],
  ] as const) {
    assert.equal((await fetchFile(alice, id, offset, length)).bytes.toString(), part);
    assert.equal((await alice.ask('PING')).start, '200 Pong', 'and nothing more');
  }
  await rm(join(data, 'attachments', id));
  assert.equal((await alice.ask(`FETCH ${id}`)).start, '404 The file is not kept any more');
});
