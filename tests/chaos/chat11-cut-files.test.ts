import assert from 'node:assert/strict';
import { randomBytes, randomInt } from 'node:crypto';
import { type TestContext, test } from 'node:test';
import { beginUpload, fetchFile, pieceBytes, sendPieces, sha256Of } from '../support/chat11-files.ts';
import { ParcelClient } from '../support/parcel-client.ts';
import { randomFrom } from '../support/random.ts';
import { startServerProcess } from '../support/server-process.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const mebibyte = 1024 * 1024;
const cuts = 3;
const partBytes = 4 * pieceBytes;

test('100 MiB come through three cuts of the upload and one of the download, with chat on the same connections', async (context) => {
  const seed = randomInt(1, 2 ** 31);
  context.diagnostic(`seed ${seed}`);
  const random = randomFrom(seed);
  const server = await startServerProcess(context, [
    ...['--data', await temporaryFolder(context), '--message-rate', '0'],
  ]);
  const people = new People(context, server.port);
  await people.make('alice', {});
  const bob = await people.make('bob', { Follow: 'apple' });
  const carol = await people.make('carol', { Follow: 'apple' });
  const { Position: since = '', Epoch: epoch = '' } = carol.headers;
  assert.equal((await carol.client.ask('DISCONNECT')).start, '200 Goodbye');

  const bytes = randomBytes(100 * mebibyte);
  const plan = { Terms: 'apple', 'SHA-256': sha256Of(bytes) };
  const chat = new Chat(bob.client);
  let alice = await people.logIn('alice');
  const upload = await beginUpload(alice, bytes, plan);
  let offset = 0;
  for (let cut = 0; cut < cuts; cut++) {
    const until = offset + Math.floor(random() * 0.4 * (bytes.length - offset));
    await sendWithChat(alice, upload, bytes.subarray(0, until), offset, chat);
    // What is on its way when the connection breaks, to the middle of a piece.
    const onTheWay = until + Math.floor(random() * mebibyte);
    sendPieces(alice, upload, bytes.subarray(0, onTheWay), until);
    alice.wire.send(`DATA ${upload} CHAT/1.1\nOffset: ${onTheWay}\nContent-Length: 1000\n\nbroken off`);
    alice.wire.socket.destroy();
    alice = await people.logIn('alice');
    const resumed = await alice.ask('ATTACH', { Name: 'f', Size: bytes.length, ...plan, Upload: upload });
    assert.equal(resumed.start, '201 Upload begun');
    offset = Number(resumed.headers.Offset);
    assert.ok(offset >= until && offset <= onTheWay, `${until} <= ${offset} <= ${onTheWay}`);
  }
  await sendWithChat(alice, upload, bytes, offset, chat);
  assert.equal((await alice.ask(`COMMIT ${upload}`)).start, '200 Attached');
  context.diagnostic(`chat beside the upload: ${chat.summary()}`);

  const told = await bob.client.next();
  assert.equal(told.start, 'ATTACHMENT CHAT/1.1');
  const id = told.headers.Attachment ?? '';
  const got = await fetchPart(bob.client, id, Math.floor(random() * bytes.length), alice, chat);
  bob.client.wire.socket.destroy();
  context.diagnostic(`chat beside the download: ${chat.summary()}`);
  const { client: again } = await people.enter('LOGIN bob', {});
  const rest = await fetchFile(again, id, got.length);
  assert.equal(sha256Of(Buffer.concat([got, rest.bytes])), plan['SHA-256']);

  const { client: late } = await people.enter('LOGIN carol', { Since: since, Epoch: epoch });
  const missed = await late.until('CAUGHT-UP');
  assert.equal(missed.filter(({ start }) => start === 'MESSAGE CHAT/1.1').length, chat.said);
  assert.deepEqual(
    missed.filter(({ start }) => start.startsWith('ATTACHMENT')).map(({ headers }) => headers.Attachment),
    [id],
    'announced once',
  );
  assert.equal(sha256Of((await fetchFile(late, id)).bytes), plan['SHA-256']);
});

/** Accounts, all with one password. */
class People {
  readonly #context: TestContext;
  readonly #port: number;

  constructor(context: TestContext, port: number) {
    this.#context = context;
    this.#port = port;
  }

  make(name: string, headers: Readonly<Record<string, string>>) {
    return this.enter(`REGISTER ${name}`, headers);
  }

  async logIn(name: string): Promise<ParcelClient> {
    return (await this.enter(`LOGIN ${name}`, {})).client;
  }

  async enter(request: string, headers: Readonly<Record<string, string>>) {
    const all = { Password: 'correct horse', ...headers };
    const { client, answer } = await ParcelClient.enter(this.#context, { port: this.#port }, request, all);
    assert.match(answer.start, /^200 /);
    return { client, headers: answer.headers };
  }
}

/** Somebody speaks and somebody hears it: how long that takes, and that nothing is lost on the way. */
class Chat {
  readonly #listener: ParcelClient;
  #delaysMs: number[] = [];
  #saidAt = 0;
  said = 0;

  constructor(listener: ParcelClient) {
    this.#listener = listener;
  }

  say(speaker: ParcelClient): void {
    this.#saidAt = performance.now();
    speaker.send('SEND', {}, `apple ${++this.said}`);
  }

  async hear(): Promise<void> {
    this.onHeard((await this.#listener.next()).body);
  }

  onHeard(text: string): void {
    assert.equal(text, `apple ${this.said}`);
    this.#delaysMs.push(performance.now() - this.#saidAt);
  }

  /** What the delays were since the last time. */
  summary(): string {
    const sorted = this.#delaysMs.sort((a, b) => a - b);
    this.#delaysMs = [];
    const [median, most] = [sorted[sorted.length >> 1], sorted.at(-1)];
    return `${sorted.length} messages, median ${median?.toFixed(1)} ms, longest ${most?.toFixed(1)} ms`;
  }
}

/** Sends bytes up to the end of `bytes`, a MiB at a time, and says something behind each. */
async function sendWithChat(
  client: ParcelClient,
  upload: string,
  bytes: Uint8Array,
  offset: number,
  chat: Chat,
): Promise<void> {
  for (let at = offset; at < bytes.length; at += mebibyte) {
    sendPieces(client, upload, bytes.subarray(0, at + mebibyte), at);
    chat.say(client);
    await chat.hear();
    assert.equal((await client.next()).start, '200 Sent', 'and nothing about the pieces');
  }
}

/** Fetches a file up to the byte `until` at the least, two parts on the way at a time, while somebody speaks. */
async function fetchPart(
  client: ParcelClient,
  id: string,
  until: number,
  speaker: ParcelClient,
  chat: Chat,
): Promise<Buffer> {
  const pieces: Buffer[] = [];
  let asked = 0;
  const ask = (): void => {
    client.send(`FETCH ${id}`, { Offset: asked, Length: partBytes });
    asked += partBytes;
  };
  ask();
  ask();
  chat.say(speaker);
  for (let got = 0; got < until; ) {
    const { start, bytes } = await client.nextBytes();
    if (start === `DATA ${id} CHAT/1.1`) {
      pieces.push(bytes);
      got += bytes.length;
      if (got % partBytes === 0) ask();
    } else if (start === 'MESSAGE CHAT/1.1') {
      chat.onHeard(bytes.toString());
      assert.equal((await speaker.next()).start, '200 Sent');
      chat.say(speaker);
    } else assert.equal(start, '200 Found');
  }
  return Buffer.concat(pieces);
}
