import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { FakeClock } from '../support/fake-clock.ts';
import { testServer } from '../support/server.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { WireClient } from '../support/wire-client.ts';

const mebibyte = 1024 * 1024;

async function receive(client: WireClient): Promise<{ notice: string[]; bytes: Buffer }> {
  const notice = await client.lines(3);
  const length = Number(/^Content-Length: ([0-9]+)$/.exec(notice[2] ?? '')?.[1]);
  return { notice, bytes: await client.bytes(length) };
}

test('files of every size arrive identical at two receivers, with chat in between', async (context) => {
  const server = await testServer(context);
  const alice = await WireClient.register(context, server, 'alice', '\n');
  const receivers = await Promise.all(
    ['bob', 'carol'].map((name) => WireClient.register(context, server, name, 'Follow: apple\n\n')),
  );
  for (const receiver of receivers) assert.match(await receiver.ask('!follow?'), /^apple/);
  const talkers = await Promise.all(['x', 'y'].map((name) => WireClient.register(context, server, name)));
  for (const size of [0, 1, mebibyte, 20 * mebibyte]) {
    const bytes = randomBytes(size);
    assert.equal(await alice.ask(`@alice: !attach f-${size}.bin apple`), `ATTACH f-${size}.bin CHAT/1.0`);
    alice.send(`Content-Length: ${size}\n`);
    alice.send(bytes);
    talkers[0]?.send(`while ${size} bytes pass, @y\n`);
    assert.equal(await talkers[1]?.line(), `@x: while ${size} bytes pass, @y`);
    assert.equal(await alice.line(), `Attachment f-${size}.bin attached and distributed`);
    for (const receiver of receivers) {
      const got = await receive(receiver);
      assert.deepEqual(got.notice, [
        `ATTACHMENT f-${size}.bin CHAT/1.0`,
        'Origin: alice',
        `Content-Length: ${size}`,
      ]);
      assert.ok(got.bytes.equals(bytes));
    }
  }
});

test('chat for a receiver comes behind its file, 150 ms later', async (context) => {
  const clock = new FakeClock();
  const server = await testServer(context, { clock });
  const alice = await WireClient.register(context, server, 'alice', '\n');
  const bob = await WireClient.register(context, server, 'bob', 'Follow: apple\n\n');
  assert.match(await bob.ask('!follow?'), /^apple/);
  const bytes = randomBytes(3 * mebibyte);
  assert.equal(await alice.ask('!attach f apple'), 'ATTACH f CHAT/1.0');
  alice.send(`Content-Length: ${bytes.length}\n`);
  alice.send(bytes);
  assert.match(await alice.line(), /distributed/);
  alice.send('for @bob\n!list\n');
  assert.equal(await alice.line(), 'alice, bob');
  const got = await receive(bob);
  assert.ok(got.bytes.equals(bytes));
  assert.equal(bob.received, 0, 'nothing comes directly behind a file');
  // The pause begins when the last byte has left; from then on a timer waits for the clock.
  while (!clock.isAwaitedWithin(150)) await new Promise(setImmediate);
  clock.advance(150);
  assert.equal(await bob.line(), '@alice: for @bob');
});

test('an uploader that goes half-way harms nobody, and its file is announced to nobody', async (context) => {
  const data = await temporaryFolder(context);
  const server = await testServer(context, { dataFolder: data });
  const alice = await WireClient.register(context, server, 'alice', '\n');
  const bob = await WireClient.register(context, server, 'bob', 'Follow: apple\n\n');
  assert.match(await bob.ask('!follow?'), /^apple/);
  assert.equal(await alice.ask('!attach f apple'), 'ATTACH f CHAT/1.0');
  alice.send('Content-Length: 100000\n');
  alice.send(randomBytes(50_000));
  while ((await readdir(join(data, 'attachments'))).length === 0) await new Promise(setImmediate);
  alice.socket.destroy();
  while ((await bob.ask('!list')) !== 'bob') {}
  assert.deepEqual(await readdir(join(data, 'attachments')), []);
  const carol = await WireClient.register(context, server, 'carol');
  carol.send('an apple\n');
  assert.equal(await bob.line(), '@carol: an apple');
});

test('an upload that stalls is given up, and its connection closed in the open', async (context) => {
  const server = await testServer(context, { limits: { uploadStallMs: 50 } });
  const alice = await WireClient.register(context, server, 'alice', '\n');
  assert.equal(await alice.ask('!attach f apple'), 'ATTACH f CHAT/1.0');
  alice.send('Content-Length: 100\nhalf');
  assert.equal(await alice.rest(), 'Error:  Attached file f could not be sent\nDISCONNECT CHAT/1.0\n');
});

test('while the server waits for a length everything else is what it always is; after its time it gives up', async (context) => {
  const clock = new FakeClock();
  const server = await testServer(context, { clock });
  const alice = await WireClient.register(context, server, 'alice', '\n');
  const bob = await WireClient.register(context, server, 'bob');
  assert.equal(await alice.ask('!attach one apple'), 'ATTACH one CHAT/1.0');
  alice.send('still chatting, @bob\n!attach two apple\n');
  assert.equal(await bob.line(), '@alice: still chatting, @bob');
  assert.equal(await alice.ask('!list'), 'alice, bob');
  clock.advance(10_000);
  assert.equal(await alice.line(), 'Error:  Attached file one could not be sent');
  clock.advance(10_000);
  assert.equal(await alice.line(), 'ATTACH two CHAT/1.0');
  assert.equal(await alice.ask('Content-Length: 3\ntwo'), 'Attachment two attached and distributed');
});

test('an answer that comes too late is passed over, and is neither chat nor the next file', async (context) => {
  const clock = new FakeClock();
  const server = await testServer(context, { clock });
  const alice = await WireClient.register(context, server, 'alice', '\n');
  const bob = await WireClient.register(context, server, 'bob', 'Follow: secret,open\n\n');
  assert.match(await bob.ask('!follow?'), /^secret/);
  assert.equal(await alice.ask('!attach private.txt nobody'), 'ATTACH private.txt CHAT/1.0');
  alice.send('!attach public.txt open\n');
  assert.equal(await alice.ask('!list'), 'alice, bob');
  clock.advance(10_000);
  assert.match(await alice.line(), /private.txt could not be sent/);
  alice.send('Content-Length: 12\nsecret\nopen\n');
  assert.equal(await alice.line(), 'ATTACH public.txt CHAT/1.0');
  assert.match(await alice.ask('Content-Length: 4\nfine'), /public.txt attached/);
  assert.equal((await receive(bob)).bytes.toString(), 'fine');
});

test('an answer that breaks off is told once, though it came too late or was refused', async (context) => {
  const clock = new FakeClock();
  const server = await testServer(context, { clock, limits: { attachmentBytes: 1000 } });
  const late = await WireClient.register(context, server, 'late', '\n');
  assert.equal(await late.ask('!attach f apple'), 'ATTACH f CHAT/1.0');
  clock.advance(10_000);
  assert.equal(await late.line(), 'Error:  Attached file f could not be sent');
  late.send('Content-Length: 100\nhalf');
  late.socket.end();
  assert.equal(await late.rest(), 'DISCONNECT CHAT/1.0\n');
  const large = await WireClient.register(context, server, 'large', '\n');
  assert.equal(await large.ask('!attach f apple'), 'ATTACH f CHAT/1.0');
  large.send('Content-Length: 1001\nhalf');
  large.socket.end();
  assert.equal(
    await large.rest(),
    'Error:  A file has at most 1000 bytes; f was not sent\nDISCONNECT CHAT/1.0\n',
  );
});

test('a server that stops lets the upload finish that has begun, and begins none that waits', async (context) => {
  const data = await temporaryFolder(context);
  const server = await testServer(context, { dataFolder: data });
  const alice = await WireClient.register(context, server, 'alice', '\n');
  const bob = await WireClient.register(context, server, 'bob', '\n');
  alice.send('!attach one apple\n!attach two apple\n');
  assert.equal(await alice.line(), 'ATTACH one CHAT/1.0');
  assert.equal(await bob.ask('!attach asked apple'), 'ATTACH asked CHAT/1.0');
  alice.send('Content-Length: 8\nhalf');
  while ((await readdir(join(data, 'attachments'))).length === 0) await new Promise(setImmediate);
  const closed = server.close();
  assert.equal(
    await bob.ask('Content-Length: 4\nnone'),
    'Error:  The server is stopping; asked was not sent',
  );
  alice.send('full');
  // The answer to the first waits for the disk, that to the second does not.
  assert.deepEqual((await alice.lines(2)).sort(), [
    'Attachment one attached and distributed',
    'Error:  The server is stopping; two was not sent',
  ]);
  assert.equal(await alice.rest(), 'DISCONNECT CHAT/1.0\n');
  await closed;
});

test('the bytes of files that are on their way count for the day', async (context) => {
  const server = await testServer(context, { limits: { attachmentBytesPerDay: 10 } });
  const alice = await WireClient.register(context, server, 'alice', '\n');
  alice.send('!attach one apple\n!attach two apple\n');
  assert.equal(await alice.line(), 'ATTACH one CHAT/1.0');
  alice.send(`Content-Length: 10\n${'x'.repeat(10)}Content-Length: 10\n${'x'.repeat(10)}`);
  const answers = await alice.lines(3);
  assert.ok(answers.includes('Attachment one attached and distributed'));
  assert.ok(
    answers.some((answer) => answer.startsWith('Error:  A user may send 10 bytes')),
    answers.join(),
  );
});

test('a name that is not ASCII is asked for as it was typed', async (context) => {
  const server = await testServer(context);
  const alice = await WireClient.register(context, server, 'alice', '\n');
  assert.equal(await alice.ask('!attach café.txt apple'), 'ATTACH café.txt CHAT/1.0');
});

test('a file over a limit is refused in words, its bytes are passed over, and the next line counts', async (context) => {
  const server = await testServer(context, {
    limits: { attachmentBytes: 1000, attachmentBytesPerDay: 1500 },
  });
  const alice = await WireClient.register(context, server, 'alice', '\n');
  const send = async (bytes: number): Promise<string> => {
    assert.equal(await alice.ask('!attach f apple'), 'ATTACH f CHAT/1.0');
    alice.send(`Content-Length: ${bytes}\n`);
    alice.send(Buffer.alloc(bytes, '!exit\n'));
    return alice.line();
  };
  assert.equal(await send(1001), 'Error:  A file has at most 1000 bytes; f was not sent');
  assert.equal(await send(1000), 'Attachment f attached and distributed');
  assert.equal(await send(501), 'Error:  A user may send 1500 bytes of files a day; f was not sent');
  assert.equal(await send(500), 'Attachment f attached and distributed');
  assert.equal(await alice.ask('!list'), 'alice');
});

test('files never touch the last of the disk', async (context) => {
  const server = await testServer(context, { limits: { diskReserveBytes: Number.MAX_SAFE_INTEGER } });
  const alice = await WireClient.register(context, server, 'alice', '\n');
  assert.equal(await alice.ask('!attach f apple'), 'ATTACH f CHAT/1.0');
  assert.match(await alice.ask('Content-Length: 1\nx'), /^Error: {2}The server's disk is nearly full/);
});

test('offers that cannot be are refused before any byte', async (context) => {
  const server = await testServer(context, { limits: { attachmentsQueued: 2 } });
  const alice = await WireClient.register(context, server, 'alice', '\n');
  for (const [command, answer] of [
    ['!attach', /Wrong number of words/],
    ['!attach f', /Wrong number of words/],
    ['!attach .. apple', /name of a folder/],
    ['!attach /etc/ apple', /name of a folder/],
    [`!attach ${'x'.repeat(256)} apple`, /at most 255 bytes/],
    ['!attach "my file" ', /at least one term/],
    ['!attach f apple,pie', /comma/],
  ] as const) {
    assert.match(await alice.ask(command), answer);
  }
  assert.equal(await alice.ask('!attach "my file.txt" apple'), 'ATTACH my file.txt CHAT/1.0');
  alice.send('!attach second apple\n');
  assert.match(await alice.ask('!attach third apple'), /Too many files wait/);
});

test('a name that was harmless before it became ASCII is harmless afterwards', async (context) => {
  const server = await testServer(context);
  const alice = await WireClient.register(context, server, 'alice', '\n');
  const bob = await WireClient.register(context, server, 'bob', 'Follow: apple\n\n');
  assert.match(await bob.ask('!follow?'), /^apple/);
  for (const [name, shown] of [
    ['..／..／evil', '.._.._evil'],
    ['‥', '__'],
    ['..\\..\\evil', 'evil'],
    ['naïve.txt', 'naive.txt'],
  ]) {
    alice.send(`!attach ${name} apple\n`);
    await alice.line();
    assert.match(await alice.ask('Content-Length: 1\nx'), /distributed/);
    assert.equal((await receive(bob)).notice[0], `ATTACHMENT ${shown} CHAT/1.0`);
  }
});

test('a reader who lagged gets files and texts in their order', async (context) => {
  const server = await testServer(context, { limits: { outboxBytes: 2000 } });
  const alice = await WireClient.register(context, server, 'alice', '\n');
  const bob = await WireClient.register(context, server, 'bob', 'Follow: apple\n\n');
  assert.match(await bob.ask('!follow?'), /^apple/);
  const big = randomBytes(8 * mebibyte);
  const attach = async (bytes: Buffer): Promise<void> => {
    assert.equal(await alice.ask('!attach f apple'), 'ATTACH f CHAT/1.0');
    alice.send(`Content-Length: ${bytes.length}\n`);
    alice.send(bytes);
    assert.match(await alice.line(), /distributed/);
  };
  bob.freeze();
  await attach(big);
  for (let i = 0; i < 100; i++) alice.send(`apple ${i} ${'x'.repeat(100)}\n`);
  await attach(Buffer.from('small'));
  alice.send('the last apple\n');
  assert.equal(await alice.ask('!list'), 'alice, bob');
  bob.thaw();
  assert.ok((await receive(bob)).bytes.equals(big));
  for (let i = 0; i < 100; i++) assert.match(await bob.line(), new RegExp(`^@alice: apple ${i} x+$`));
  assert.equal((await receive(bob)).bytes.toString(), 'small');
  assert.equal(await bob.line(), '@alice: the last apple');
});
