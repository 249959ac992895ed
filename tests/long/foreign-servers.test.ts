import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect as connectSocket, type Socket } from 'node:net';
import { afterEach, describe, it, type TestContext } from 'node:test';
import type { Client } from '../../src/client/client.ts';
import { connect } from '../../src/client-node/connect.ts';
import { endJoiners, Joiner } from '../faces/joiner.ts';
import { type Habit, habits, startForeignServer } from '../support/foreign-servers.ts';
import { startStandIn } from '../support/stand-in-server.ts';

/** Servers that others wrote. Each is alive and nobody else there notices anything when ours come and go. */

type ForeignServer = Awaited<ReturnType<typeof startForeignServer>>;

async function opened(context: TestContext, habit: Habit) {
  const server = await startForeignServer(habit);
  context.after(() => server.close());
  return { server, rosa: await Resident.join(context, server) };
}

/** A client that was there before, and is written for this very server. */
class Resident {
  readonly #socket: Socket;
  #heard = '';
  isGone = false;

  static async join(context: TestContext, server: ForeignServer): Promise<Resident> {
    const socket = connectSocket(server.port, '127.0.0.1');
    await once(socket, 'connect');
    const resident = new Resident(socket);
    context.after(() => socket.destroy());
    socket.write('REGISTER rosa CHAT/1.0\n');
    while (!server.names.includes('rosa')) await new Promise(setImmediate);
    return resident;
  }

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.setEncoding('utf8').on('data', (text: string) => (this.#heard += text));
    socket.on('close', () => (this.isGone = true)).on('error', () => {});
  }

  says(text: string): void {
    this.#socket.write(`@rosa: ${text}\n`);
  }

  async hears(text: string): Promise<void> {
    while (!this.#heard.includes(text)) await once(this.#socket, 'data');
  }

  headers(): void {
    this.#socket.write('\n');
  }

  get heard(): string {
    return this.#heard;
  }
}

async function gone(server: ForeignServer, name: string): Promise<void> {
  while (server.online().includes(name)) await new Promise(setImmediate);
}

function assertNobodyNoticed(server: ForeignServer, rosa: Resident): void {
  assert.equal(server.crashes, 0);
  assert.equal(rosa.isGone, false);
  assert.deepEqual(server.online(), ['rosa']);
  for (const name of server.names) assert.match(name, /^(?:rosa|alice)$/);
  assert.doesNotMatch(rosa.heard, /PING|CHAT\/1\.1|REGISTER|DISCONNECT/);
}

function opening(client: Client): Promise<string> {
  return new Promise((resolve) => client.on('message', ({ text }) => resolve(text)));
}

describe('servers that others wrote', () => {
  afterEach(endJoiners);
  for (const habit of habits) {
    it(`the library chats with one that ${habit.name}`, async (context) => {
      const { server, rosa } = await opened(context, habit);
      if (habit.waitsForHeaders) rosa.headers();
      const client = await connect(server.address, { name: 'alice', stateFolder: false });
      assert.equal(client.protocol, 'CHAT/1.0');
      const heard = opening(client);
      await client.send('hello @rosa');
      await rosa.hears('@alice: hello @rosa');
      rosa.says('hello @alice');
      assert.equal(await heard, 'hello @alice');
      await assert.rejects(client.sendTo('rosa', 'between us'), /needs CHAT\/1\.1/);
      await client.close();
      await gone(server, 'alice');
      assertNobodyNoticed(server, rosa);
      assert.doesNotMatch(rosa.heard, /between us/);
    });

    it(`earshot join chats with one that ${habit.name}`, async (context) => {
      const { server, rosa } = await opened(context, habit);
      if (habit.waitsForHeaders) rosa.headers();
      const joiner = new Joiner(['alice', server.address]);
      joiner.write('one for @rosa\ntwo for @rosa\n');
      await rosa.hears('@alice: one for @rosa');
      await rosa.hears('@alice: two for @rosa');
      rosa.says('hello @alice');
      await joiner.waitFor('what rosa says', ({ output }) => output.includes('@rosa: hello @alice\n'));
      joiner.end('bye, @rosa\n');
      assert.equal(await joiner.exit(), 0, joiner.errors);
      await rosa.hears('@alice: bye, @rosa');
      assert.equal(joiner.errors, '');
      await gone(server, 'alice');
      assertNobodyNoticed(server, rosa);
    });

    it(`earshot join ends when one says goodbye that ${habit.name}`, async (context) => {
      const { server, rosa } = await opened(context, habit);
      if (habit.waitsForHeaders) rosa.headers();
      const joiner = new Joiner(['alice', server.address]);
      joiner.write('are you there, @rosa\n');
      await rosa.hears('are you there');
      server.goodbye();
      assert.equal(await joiner.exit(), 0, joiner.errors);
      assert.equal(joiner.errors, '');
    });
  }

  it('follows terms where the server knows them, before anything is said', async (context) => {
    const { server, rosa } = await opened(context, { name: 'knows terms', waitsForHeaders: true });
    rosa.headers();
    const client = await connect(server.address, {
      name: 'alice',
      stateFolder: false,
      follow: ['apple', 'pie'],
    });
    context.after(() => client.close());
    const heard = opening(client);
    rosa.says('a pie');
    assert.equal(await heard, 'a pie');
  });

  it('says so where a server takes !follow for chat, and sends one of them only', async (context) => {
    const { server, rosa } = await opened(context, { name: 'sends everything to everybody' });
    const joiner = new Joiner(['alice', server.address, '--follow', 'apple,pie']);
    joiner.end('hello\n');
    assert.equal(await joiner.exit(), 0);
    assert.equal(
      joiner.errors,
      'The server does not answer !follow "apple"; it may not know that command.\n',
    );
    await rosa.hears('@alice: hello');
    assert.doesNotMatch(rosa.heard, /pie/);
    assertNobodyNoticed(server, rosa);
  });

  it('asks no question where --protocol chat10 says what the server speaks', async (context) => {
    const { server, rosa } = await opened(context, { name: 'crashes at all', crashesOnUnknown: true });
    const joiner = new Joiner(['alice', server.address, '--protocol', 'chat10']);
    joiner.end('hello\n');
    assert.equal(await joiner.exit(), 0);
    await rosa.hears('@alice: hello');
    assert.deepEqual(server.firstLines, ['REGISTER rosa CHAT/1.0', 'REGISTER alice CHAT/1.0']);
    const modern = new Joiner(['alice', server.address, '--protocol', 'chat11']);
    assert.equal(await modern.exit(), 1);
    assert.match(modern.errors, /does not speak CHAT\/1\.1/);
    assertNobodyNoticed(server, rosa);
    const names = [...server.names];
    await assert.rejects(
      connect(server.address, { name: 'alice', stateFolder: false, protocol: 'CHAT/1.1' }),
      /does not speak CHAT\/1\.1/,
    );
    const client = await connect(server.address, { name: 'alice', stateFolder: false, protocol: 'CHAT/1.0' });
    await client.close();
    assert.deepEqual(server.names, [...names, 'alice']);
  });

  it('cannot make the library say more about a file than its name and its sender', async (context) => {
    const server = await startStandIn();
    context.after(() => server.close());
    const client = await connect(server.address, { name: 'alice', stateFolder: false });
    context.after(() => client.close());
    const notices: string[] = [];
    const all = new Promise<void>((resolve) => {
      client.on('notice', ({ text }) => notices.push(text) === 2 && resolve());
    });
    for (const origin of ['bob', 'bob: hi; eve']) {
      const headers = `Origin: ${origin}\nContent-Length: 1\n`;
      server.clients.get('alice')?.socket.write(`ATTACHMENT a: getting it is easy CHAT/1.0\n${headers}x`);
    }
    await all;
    const rest = 'attached "a: getting it is easy": getting it needs CHAT/1.1';
    assert.deepEqual(notices, [`bob ${rest}`, `Somebody ${rest}`]);
  });

  it('what one cannot read ends the connection of who sent it alone', async (context) => {
    const { server, rosa } = await opened(context, { name: 'closes at é', closesOnNonAscii: true });
    const joiner = new Joiner(['alice', server.address]);
    joiner.write('café\n');
    assert.equal(await joiner.exit(), 1);
    assert.match(joiner.errors, /connection to the server was lost/);
    assertNobodyNoticed(server, rosa);
  });
});
