import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import {
  attachFile,
  beginUpload,
  fetchFile,
  pieceBytes,
  registerGuest,
  sendPieces,
  sha256Of,
} from '../support/chat11-files.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { type Headers, ParcelClient, type ReadParcel } from '../support/parcel-client.ts';
import { testServer } from '../support/server.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

test('files of every size go up in pieces and come down identical', async (context) => {
  const server = await testServer(context);
  const alice = await registerGuest(context, server, 'alice');
  const bob = await registerGuest(context, server, 'bob', { Follow: 'apple' });
  for (const size of [0, 1, pieceBytes, 1_000_003]) {
    const bytes = randomBytes(size);
    const sha256 = sha256Of(bytes);
    const committed = await attachFile(alice, bytes, { Terms: 'apple, pie', 'SHA-256': sha256 });
    assert.equal(committed.start, '200 Attached');
    assert.equal(committed.headers.Reached, '1');
    assert.equal(committed.headers['SHA-256'], sha256);
    const told = await bob.next();
    assert.equal(told.start, 'ATTACHMENT CHAT/1.1');
    assert.equal(told.headers.Position, committed.headers.Position);
    assert.equal(told.headers.Matched, 'apple');
    assert.deepEqual(
      [told.headers.Name, told.headers.Size, told.headers['SHA-256']],
      ['f', `${size}`, sha256],
    );
    const { answer, bytes: got } = await fetchFile(bob, told.headers.Attachment ?? '');
    assert.equal(answer.start, '200 Found');
    assert.equal(answer.headers['SHA-256'], sha256);
    assert.ok(got.equals(bytes));
    const half = Math.floor(size / 2);
    assert.ok((await fetchFile(bob, told.headers.Attachment ?? '', half)).bytes.equals(bytes.subarray(half)));
  }
});

test('uploads take turns on a connection, with chat between their pieces', async (context) => {
  const server = await testServer(context);
  const alice = await registerGuest(context, server, 'alice');
  const bob = await registerGuest(context, server, 'bob', { Follow: 'apple' });
  const files = [randomBytes(200_000), randomBytes(300_000)];
  const uploads = [];
  for (const bytes of files) uploads.push(await beginUpload(alice, bytes, { Terms: 'apple' }));
  for (let at = 0; at < 300_000; at += 50_000) {
    for (const [i, bytes] of files.entries()) {
      const piece = bytes.subarray(at, at + 50_000);
      if (piece.length > 0) alice.send(`DATA ${uploads[i]}`, { Offset: at }, piece);
    }
    alice.send('SEND', {}, `apple at ${at}`);
  }
  for (const upload of uploads) alice.send(`COMMIT ${upload}`);
  const answers = [];
  for (let i = 0; i < 8; i++) answers.push((await alice.next()).start);
  assert.deepEqual(answers, [...Array(6).fill('200 Sent'), '200 Attached', '200 Attached']);
  const events = [];
  while (events.length < 8) events.push(await bob.next());
  const told = events.filter(({ start }) => start.startsWith('ATTACHMENT'));
  assert.equal(told.length, 2);
  for (const [i, { headers }] of told.entries()) {
    assert.deepEqual((await fetchFile(bob, headers.Attachment ?? '')).bytes, files[i]);
  }
});

test('an upload goes on after its connection broke off, also before the server knows', async (context) => {
  const server = await testServer(context, { accounts: { alice: 'correct horse' } });
  const enter = async (): Promise<ParcelClient> =>
    (await ParcelClient.enter(context, server, 'LOGIN alice', { Password: 'correct horse' })).client;
  const bob = await registerGuest(context, server, 'bob', { Follow: 'apple' });
  const bytes = randomBytes(400_000);
  const plan = { Name: 'f', Size: bytes.length, Terms: 'apple' };
  const first = await enter();
  const upload = await beginUpload(first, bytes, { Terms: 'apple' });
  sendPieces(first, upload, bytes.subarray(0, 100_000));
  assert.equal((await first.ask('PING')).start, '200 Pong');
  const second = await enter();
  for (const other of [
    { ...plan, Name: 'g' },
    { ...plan, Size: 1 },
    { ...plan, Terms: 'pie' },
  ]) {
    assert.match((await second.ask('ATTACH', { ...other, Upload: upload })).start, /^409 /);
  }
  const resumed = await second.ask('ATTACH', { ...plan, Upload: upload });
  assert.deepEqual(resumed.headers, { Upload: upload, Offset: '100000' });
  first.send(`DATA ${upload}`, { Offset: 100_000 }, 'from the past');
  first.send(`DATA ${upload}`, { Offset: 100_013 }, 'and more of it');
  const refused = await first.next();
  assert.equal(refused.start, '404 Not found');
  assert.deepEqual(refused.headers, { Request: 'DATA', Upload: upload });
  assert.equal((await first.ask(`COMMIT ${upload}`)).start, '404 Not found');
  sendPieces(second, upload, bytes.subarray(0, 200_000), 100_000);
  assert.equal((await second.ask('PING')).start, '200 Pong');
  second.wire.socket.destroy();
  const third = await enter();
  const again = await third.ask('ATTACH', { ...plan, Upload: upload });
  assert.equal(again.headers.Offset, '200000');
  sendPieces(third, upload, bytes, 200_000);
  third.send(`COMMIT ${upload}`);
  const told = await bob.next();
  // Whoever did not see the answer asks again.
  third.wire.socket.destroy();
  const fourth = await enter();
  assert.equal((await fourth.ask('ATTACH', { ...plan, Upload: upload })).headers.Offset, `${bytes.length}`);
  const committed = await fourth.ask(`COMMIT ${upload}`);
  assert.equal(committed.headers.Position, told.headers.Position);
  assert.ok((await fetchFile(bob, told.headers.Attachment ?? '')).bytes.equals(bytes));
  assert.equal((await bob.ask('PING')).start, '200 Pong', 'it was announced once');
});

test('a COMMIT whose answer was lost with the server is told its position by the next', async (context) => {
  const dataFolder = await temporaryFolder(context);
  const accounts = { alice: 'correct horse', eve: 'battery staple' };
  const server = await testServer(context, { dataFolder, accounts, limits: { shutdownMs: 2_000 } });
  const login = async (port: number, name: 'alice' | 'eve'): Promise<ParcelClient> =>
    (await ParcelClient.enter(context, { port }, `LOGIN ${name}`, { Password: accounts[name] })).client;
  const bytes = randomBytes(100_000);
  const first = await login(server.port, 'alice');
  const upload = await beginUpload(first, bytes, { Terms: 'apple' });
  sendPieces(first, upload, bytes);
  const committed = await first.ask(`COMMIT ${upload}`);
  const unfinished = await beginUpload(first, bytes, { Terms: 'apple' });
  await server.close();
  const next = await testServer(context, { dataFolder });
  const plan = { Name: 'f', Size: bytes.length, Terms: 'apple', Upload: upload };
  const eve = await login(next.port, 'eve');
  assert.equal((await eve.ask('ATTACH', plan)).start, '404 Not found', 'it is nobody else’s to ask');
  assert.equal((await eve.ask(`COMMIT ${upload}`)).start, '404 Not found');
  const alice = await login(next.port, 'alice');
  assert.equal((await alice.ask('ATTACH', { ...plan, Upload: unfinished })).start, '404 Not found');
  assert.equal((await alice.ask('ATTACH', { ...plan, Name: 'g' })).start, '404 Not found');
  const resumed = await alice.ask('ATTACH', plan);
  assert.deepEqual(resumed.headers, { Upload: upload, Offset: `${bytes.length}` });
  const told = await alice.ask(`COMMIT ${upload}`);
  assert.deepEqual(told.headers, { ...committed.headers, Reached: '0' });
});

test('what a guest has sent is nothing to the next guest of that name', async (context) => {
  const server = await testServer(context);
  const bytes = Buffer.from('mine');
  const carol = await registerGuest(context, server, 'carol');
  const upload = await beginUpload(carol, bytes, { Terms: 'apple' });
  sendPieces(carol, upload, bytes);
  assert.match((await carol.ask(`COMMIT ${upload}`)).start, /^200 /);
  await carol.ask('LOGOUT');
  const next = await registerGuest(context, server, 'carol');
  assert.equal((await next.ask(`COMMIT ${upload}`)).start, '404 Not found');
});

test('the first piece that cannot be taken is answered, and ends the upload', async (context) => {
  const server = await testServer(context);
  const alice = await registerGuest(context, server, 'alice');
  const spoilt: [string, Headers, Uint8Array | string][] = [
    ['409', { Offset: 5 }, 'x'],
    ['413', { Offset: 0 }, 'eleven bytes'],
    ['413', { Offset: 0 }, Buffer.alloc(pieceBytes + 1)],
    ['400', { Offset: 'nowhere' }, 'x'],
    ['400', {}, 'x'],
  ];
  for (const [code, headers, body] of spoilt) {
    const upload = await beginUpload(alice, Buffer.alloc(10), { Terms: 'apple' });
    alice.send(`DATA ${upload}`, headers, body);
    for (let i = 0; i < 3; i++) alice.send(`DATA ${upload}`, { Offset: i }, 'y');
    const answer = await alice.next();
    assert.equal(answer.start.slice(0, 3), code);
    assert.deepEqual(answer.headers, { Request: 'DATA', Upload: upload });
    assert.equal((await alice.ask(`COMMIT ${upload}`)).start, '404 Not found');
  }
  assert.equal((await alice.ask('DATA u1', { Offset: 0 }, 'x')).headers.Upload, 'u1');
  const stranger = await ParcelClient.connect(context, server);
  const answer = await stranger.ask('DATA u1', { Offset: 0 }, 'x');
  assert.equal(answer.start, '403 Nobody is logged in');
  assert.equal(answer.headers.Request, 'DATA');
});

test('what breaks a limit is refused, in its words', async (context) => {
  const limits = {
    ...{ attachmentBytes: 1000, attachmentBytesPerDay: 1500, uploadsPerUser: 2, followTerms: 3 },
    // What is uploaded when it closes is not waited for.
    shutdownMs: 2_000,
  };
  const server = await testServer(context, { limits });
  const alice = await registerGuest(context, server, 'alice');
  const ask = (size: number, headers: Headers = { Terms: 'apple' }): Promise<ReadParcel> =>
    alice.ask('ATTACH', { Name: 'f', Size: size, ...headers });
  assert.equal((await ask(1001)).start, '413 A file has at most 1000 bytes');
  assert.equal((await ask(1, { Terms: 'a, b, c, d' })).start, '413 A file goes to at most 3 terms');
  assert.equal((await ask(1, { To: 'nobody' })).start, '404 Nobody has the name nobody');
  assert.match((await ask(1, { To: 'alice' })).start, /^422 /);
  assert.equal((await ask(1000)).start, '201 Upload begun');
  const today = await ask(1000);
  assert.equal(today.start, '429 A user may send 1500 bytes of files a day');
  assert.equal(today.headers['Retry-After'], '3600');
  assert.equal((await ask(500)).start, '201 Upload begun');
  const third = await ask(0);
  assert.equal(third.start, '429 At most 2 files at once; let one of them finish');
  assert.equal(third.headers['Retry-After'], '10');
  const full = await testServer(context, { limits: { diskReserveBytes: Number.MAX_SAFE_INTEGER } });
  const bob = await registerGuest(context, full, 'bob');
  assert.match((await bob.ask('ATTACH', { Name: 'f', Size: 1, Terms: 'apple' })).start, /^507 /);
});

test('bytes with another hash are not announced, and an upload can be committed when it is whole', async (context) => {
  const server = await testServer(context);
  const alice = await registerGuest(context, server, 'alice');
  const whole = await beginUpload(alice, Buffer.from('whole'), { Terms: 'apple' });
  sendPieces(alice, whole, Buffer.from('who'));
  assert.equal((await alice.ask(`COMMIT ${whole}`)).start, '409 3 of 5 bytes have come');
  alice.send(`DATA ${whole}`, { Offset: 3 }, 'le');
  assert.equal((await alice.ask(`COMMIT ${whole}`)).start, '200 Attached');
  const answer = await attachFile(alice, Buffer.from('forged'), {
    Terms: 'apple',
    'SHA-256': sha256Of(Buffer.from('f')),
  });
  assert.equal(answer.start, '409 The bytes that came have another SHA-256; send the file again');
});

test('a file that is announced too fast can be committed a moment later', async (context) => {
  const clock = new FakeClock();
  const server = await testServer(context, { clock, messageRate: 1, limits: { messageBurst: 1 } });
  const alice = await registerGuest(context, server, 'alice');
  const upload = await beginUpload(alice, Buffer.from('x'), { Terms: 'apple' });
  sendPieces(alice, upload, Buffer.from('x'));
  assert.equal((await alice.ask('SEND', {}, 'chatter')).start, '200 Sent');
  const refused = await alice.ask(`COMMIT ${upload}`);
  assert.equal(refused.start, '429 Slow down');
  assert.equal(refused.headers['Retry-After'], '1');
  clock.advance(1000);
  assert.equal((await alice.ask(`COMMIT ${upload}`)).start, '200 Attached');
});

test('a server that stops lets an upload finish that has begun, and begins none', async (context) => {
  const server = await testServer(context);
  const alice = await registerGuest(context, server, 'alice');
  const upload = await beginUpload(alice, Buffer.from('whole'), { Terms: 'apple' });
  const closed = server.close();
  assert.equal(
    (await alice.ask('ATTACH', { Name: 'f', Size: 1, Terms: 'apple' })).start,
    '503 The server is stopping',
  );
  sendPieces(alice, upload, Buffer.from('whole'));
  assert.equal((await alice.ask(`COMMIT ${upload}`)).start, '200 Attached');
  assert.equal((await alice.next()).start, 'DISCONNECT CHAT/1.1');
  await closed;
});

test('an upload that another device has finished holds up no server that stops', async (context) => {
  const server = await testServer(context, { clock: new FakeClock() });
  const { client: desk, answer } = await ParcelClient.enter(context, server, 'REGISTER alice');
  const { Token = '' } = answer.headers;
  const { client: phone } = await ParcelClient.enter(context, server, 'LOGIN alice', { Token });
  const bytes = Buffer.from('whole');
  const upload = await beginUpload(desk, bytes, { Terms: 'apple' });
  await beginUpload(phone, bytes, { Terms: 'apple', Upload: upload });
  sendPieces(phone, upload, bytes);
  assert.equal((await phone.ask(`COMMIT ${upload}`)).start, '200 Attached');
  assert.equal((await desk.next()).start, 'ATTACHMENT CHAT/1.1');
  assert.equal((await attachFile(desk, bytes, { Terms: 'apple' })).start, '200 Attached');
  await server.close();
});

test('what a guest leaves half-way is gone with the guest', async (context) => {
  const data = await temporaryFolder(context);
  const server = await testServer(context, { dataFolder: data });
  const { client: alice, answer } = await ParcelClient.enter(context, server, 'REGISTER alice');
  const bytes = Buffer.from('a guest');
  const plan = { Name: 'f', Size: bytes.length, Terms: 'apple' };
  const upload = await beginUpload(alice, bytes, { Terms: 'apple' });
  sendPieces(alice, upload, bytes.subarray(0, 2));
  assert.equal((await alice.ask('PING')).start, '200 Pong');
  alice.wire.socket.destroy();
  const token = { Token: answer.headers.Token ?? '' };
  const { client: again } = await ParcelClient.enter(context, server, 'LOGIN alice', token);
  assert.equal((await again.ask('ATTACH', { ...plan, Upload: upload })).headers.Offset, '2');
  assert.equal((await again.ask('LOGOUT')).start, '200 Logged out');
  assert.equal((await again.ask('REGISTER alice')).start, '200 Registered');
  assert.equal((await again.ask('ATTACH', { ...plan, Upload: upload })).start, '404 Not found');
  while ((await readdir(join(data, 'attachments'))).length > 0) await new Promise(setImmediate);
});
