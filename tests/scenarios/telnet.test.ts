import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';
import { testServer } from '../support/server.ts';
import { WireClient } from '../support/wire-client.ts';

/** Ctrl-C in telnet: what was typed is interrupted, and nothing is shown until the timing mark is answered. */
const interrupt = Buffer.from('fff4fffd06', 'hex');
/** The same as it arrives when the client sends a part of it as urgent data. */
const urgentInterrupt = Buffer.from('fff4fffffd06', 'hex');
const marked = 'fffc06';

/** What PuTTY offers and asks for before anything else, and the answers. */
const offers = Buffer.from('fffb1ffffb20fffb18fffb27fffd01fffb03fffd03', 'hex');
const refusals = 'fffe1ffffe20fffe18fffe27fffc01fffe03fffc03';

const hex = async (client: WireClient, count: number): Promise<string> =>
  (await client.bytes(count)).toString('hex');

test('telnet can talk over CHAT/1.0, also after Ctrl-C', async (context) => {
  const server = await testServer(context);
  const bob = await WireClient.register(context, server, 'bob');
  const alice = await WireClient.connect(context, server);
  alice.send(offers);
  assert.equal(await hex(alice, refusals.length / 2), refusals);
  alice.send(interrupt);
  assert.equal(await hex(alice, 3), marked);
  assert.equal(await alice.ask('REGISTER alice CHAT/1.0\r'), '200 Registration successful');
  for (const keys of [interrupt, urgentInterrupt, interrupt]) {
    alice.send(keys);
    assert.equal(await hex(alice, 3), marked, 'before a line end comes');
    alice.send('hello @bob\r\n');
    assert.equal(await bob.line(), '@alice: hello @bob');
  }
  alice.send(offers);
  alice.send(Buffer.from('\xffhalf a \xff\xffline @bob\xff\xf4\r\n', 'latin1'));
  assert.equal(await bob.line(), '@alice: half a line @bob');
  assert.equal(await alice.ask('!list'), 'bob, alice', 'the options are refused once');
});

test("telnet's commands around the first line leave it as it is", async (context) => {
  const server = await testServer(context);
  const alice = await WireClient.connect(context, server);
  alice.send(Buffer.concat([offers, Buffer.from('REGISTER alice CHAT/1.0'), interrupt, Buffer.from('\r\n')]));
  assert.equal(await hex(alice, refusals.length / 2 + 3), refusals + marked);
  assert.equal(await alice.line(), '200 Registration successful');
  assert.equal(await alice.ask('!list'), 'alice');
});

test('telnet can use verbs, also after Ctrl-C', async (context) => {
  const server = await testServer(context);
  const john = await WireClient.login(context, server, 'John');
  john.send(interrupt);
  assert.equal(await hex(john, 3), marked);
  assert.equal(await john.ask('list'), 'LIST John');
});

test('telnet can send a password with the header block', async (context) => {
  const server = await testServer(context, { accounts: { alice: 'correct-horse' } });
  const alice = await WireClient.connect(context, server);
  alice.send('REGISTER alice CHAT/1.0\r\n');
  alice.send(interrupt);
  assert.equal(await hex(alice, 3), marked);
  alice.send('Password: correct-horse\r\n\r\n');
  assert.equal(await alice.line(), '200 Registration successful');
});

test('the bytes of a file pass as they are', async (context) => {
  const server = await testServer(context);
  const alice = await WireClient.register(context, server, 'alice', '\n');
  const bob = await WireClient.register(context, server, 'bob', '\n');
  const file = Buffer.concat([offers, interrupt, Buffer.from('\n'), urgentInterrupt]);
  assert.equal(await alice.ask('!attach note.bin @bob'), 'ATTACH note.bin CHAT/1.0');
  alice.send(Buffer.concat([Buffer.from(`Content-Length: ${file.length}\n`), file]));
  assert.equal(await alice.line(), 'Attachment note.bin attached and distributed');
  assert.deepEqual(await bob.lines(3), [
    'ATTACHMENT note.bin CHAT/1.0',
    'Origin: alice',
    `Content-Length: ${file.length}`,
  ]);
  assert.deepEqual(await bob.bytes(file.length), file);
});

/** The program itself, whichever one this machine has. */
function telnetMissing(): string | false {
  if (spawnSync('telnet', { input: 'quit\n', timeout: 10_000 }).error === undefined) return false;
  if (process.env.CI === 'true') throw new Error('telnet is missing: only its bytes would be tested');
  return 'no telnet on this machine: only its bytes are tested, not the program';
}

test('the telnet of this machine chats both ways', { skip: telnetMissing() }, async (context) => {
  const server = await testServer(context);
  const bob = await WireClient.register(context, server, 'bob');
  const telnet = spawn('telnet', ['127.0.0.1', String(server.port)]);
  context.after(() => telnet.kill('SIGKILL'));
  let screen = '';
  telnet.stdout.setEncoding('utf8').on('data', (text: string) => (screen += text));
  const shows = async (text: string): Promise<void> => {
    while (!screen.includes(text)) await once(telnet.stdout, 'data');
  };
  await shows('Escape character');
  telnet.stdin.write('REGISTER alice CHAT/1.0\n');
  await shows('200 Registration successful');
  telnet.stdin.write('hello @bob\n');
  assert.equal(await bob.line(), '@alice: hello @bob');
  bob.send('hello @alice\n');
  await shows('@bob: hello @alice');
  telnet.stdin.write('DISCONNECT alice CHAT/1.0\n');
  await once(telnet, 'close');
  while ((await bob.ask('!list')) !== 'bob') {}
});
