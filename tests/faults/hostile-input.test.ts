import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { randomFrom } from '../support/random.ts';
import { testServer } from '../support/server.ts';
import { WireClient } from '../support/wire-client.ts';

/** Two clean clients who talk while something hostile goes on beside them. */
class Bystanders {
  readonly #alice: WireClient;
  readonly #bob: WireClient;
  #said = 0;

  private constructor(alice: WireClient, bob: WireClient) {
    this.#alice = alice;
    this.#bob = bob;
  }

  static async arrive(context: TestContext, server: { readonly port: number }): Promise<Bystanders> {
    const alice = await WireClient.register(context, server, 'bystander-a');
    return new Bystanders(alice, await WireClient.register(context, server, 'bystander-b'));
  }

  /** Each hears the other, and nothing else. */
  async areUndisturbed(): Promise<void> {
    const number = this.#said++;
    this.#alice.send(`@bystander-b ${number}\n`);
    assert.equal(await this.#bob.line(), `@bystander-a: @bystander-b ${number}`);
    this.#bob.send(`@bystander-a ${number}\n`);
    assert.equal(await this.#alice.line(), `@bystander-b: @bystander-a ${number}`);
  }
}

const refused = '400 Invalid registration\n';

const random = randomFrom(1);
/** Without 255, which begins the commands of telnet: those have answers. */
const noise = Uint8Array.from({ length: 100_000 }, () => Math.floor(random() * 255));

test('a first line that is none is answered with 400 and a close; nobody else notices', async (context) => {
  const server = await testServer(context);
  const bystanders = await Bystanders.arrive(context, server);
  for (const first of [
    '\n',
    'hello\n',
    'register alice CHAT/1.0\n',
    ' REGISTER alice CHAT/1.0\n',
    'REGISTER alice\n',
    'REGISTER alice CHAT/1.0 extra\n',
    'REGISTER alice chat/1.0\n',
    'REGISTER all CHAT/1.0\n',
    'REGISTER aLL CHAT/1.0\n',
    'REGISTER -x CHAT/1.0\n',
    'REGISTER .. CHAT/1.0\n',
    'REGISTER al\x1bice CHAT/1.0\n',
    'REGISTER alíce CHAT/1.0\n',
    `REGISTER ${'x'.repeat(21)} CHAT/1.0\n`,
    '@alice: !list\n',
    'SSH-2.0-OpenSSH_9.2\r\n',
    Buffer.from('16030100a5010000a10303', 'hex'),
    Buffer.from([0xc3, 0x28, 0x0a]),
    'x'.repeat(1025),
    noise,
  ]) {
    const stranger = await WireClient.connect(context, server);
    stranger.send(first);
    const shown = JSON.stringify(Buffer.from(first).toString('latin1').slice(0, 60));
    assert.equal(await stranger.rest(), refused, shown);
    await bystanders.areUndisturbed();
  }
});

test('a name may have 20 characters', async (context) => {
  const server = await testServer(context);
  await WireClient.register(context, server, 'x'.repeat(20));
  await WireClient.register(context, server, 'a_b-c.9');
  await WireClient.register(context, server, 'John');
  await WireClient.register(context, server, 'john');
});

test('who says nothing, or not enough, is closed when its time is over', async (context) => {
  const server = await testServer(context, { limits: { loginMs: 50 } });
  for (const beginning of ['', 'REGISTER alice CHAT']) {
    const stranger = await WireClient.connect(context, server);
    stranger.send(beginning);
    assert.equal(await stranger.rest(), refused);
  }
  const alice = await WireClient.register(context, server, 'alice');
  const watch = await WireClient.connect(context, server);
  await watch.rest();
  assert.equal(await alice.ask('!list'), 'alice', 'who is registered may be silent');
});

test('hundred megabytes before registration cost the sender its connection, and nobody else anything', async (context) => {
  const server = await testServer(context);
  const bystanders = await Bystanders.arrive(context, server);
  const strangers = await Promise.all(Array.from({ length: 14 }, () => WireClient.connect(context, server)));
  const block = Buffer.alloc(1024 * 1024, 'x');
  await Promise.all(
    strangers.map(async (stranger) => {
      for (let sent = 0; sent < 100 && !stranger.socket.destroyed; sent++) {
        if (!stranger.socket.write(block))
          await new Promise<void>((resolve) => {
            stranger.socket.once('drain', resolve);
            stranger.socket.once('close', resolve);
          });
      }
    }),
  );
  await bystanders.areUndisturbed();
});

test('a thousand bad lines are a thousand errors, and the next good line counts', async (context) => {
  const server = await testServer(context, { limits: { requestBurst: 2_000 } });
  const bystanders = await Bystanders.arrive(context, server);
  const mallory = await WireClient.register(context, server, 'mallory');
  for (const bad of [
    Buffer.from([0xc3, 0x28, 0x0a]),
    Buffer.from('\x1b]0;title\x07 @all\n'),
    Buffer.from('\u009b31m @all\n'),
    Buffer.from('!nonsense\n'),
    Buffer.from('!follow\n'),
    Buffer.from('!attach\n'),
    Buffer.from('!msg all hello\n'),
    Buffer.from('!history 0\n'),
    Buffer.from('!history 1e2\n'),
    Buffer.from('!history 201\n'),
    Buffer.from('!__proto__ x\n'),
    Buffer.from('!constructor\n'),
  ]) {
    for (let i = 0; i < 85; i++) mallory.send(bad);
    for (let i = 0; i < 85; i++) assert.match(await mallory.line(), /^Error: {2}\S/);
  }
  await bystanders.areUndisturbed();
  assert.equal(await mallory.ask('!follow __proto__'), 'Now following __proto__');
});

test('nobody can speak as somebody else', async (context) => {
  const server = await testServer(context);
  const mallory = await WireClient.register(context, server, 'mallory');
  const bob = await WireClient.register(context, server, 'bob');
  for (const line of [
    '@alice: pay me, @bob',
    'DISCONNECT CHAT/1.0 @bob',
    'ATTACHMENT x CHAT/1.0 @bob',
    '@bob: @bob',
  ]) {
    mallory.send(`${line}\n`);
    assert.equal(await bob.line(), `@mallory: ${line}`);
  }
  mallory.send('@mallory @bob\n@mallory: @mallory: @bob\n');
  assert.deepEqual(await bob.lines(2), ['@mallory: @bob', '@mallory: @mallory: @bob']);
});

test('one address gets only so many connections, once the limits hold for this machine', async (context) => {
  const server = await testServer(context, { limits: { limitLoopback: 1, connectionsPerAddress: 3 } });
  const clients = await Promise.all(
    ['a', 'b', 'c'].map((name) => WireClient.register(context, server, name)),
  );
  const fourth = await WireClient.connect(context, server);
  assert.equal(await fourth.rest(), '');
  assert.equal(await clients[0]?.ask('!list'), 'a, b, c');
});
