import assert from 'node:assert/strict';
import { createHash, randomFillSync } from 'node:crypto';
import { describe, it, type TestContext } from 'node:test';
import { connect } from '../../src/client-node/connect.ts';
import { reachableHost } from '../../src/server/join-addresses.ts';
import { parseChatAddress } from '../../src/transport/address.ts';
import { udpDial } from '../../src/transport/udp-dial.ts';
import { closing, next } from '../support/client-events.ts';
import { Observed } from '../support/observed-connection.ts';
import { adminDone } from '../support/operator.ts';
import { propertyRuns } from '../support/property-runs.ts';
import { type TestServerOptions, testServer } from '../support/server.ts';
import { WireClient } from '../support/wire-client.ts';

const quiet = { stateFolder: false, random: () => 0 } as const;

/** A server that listens over UDP too, and what a stranger needs to talk to it. */
async function scene(context: TestContext, options: TestServerOptions = {}) {
  const logged: string[] = [];
  const server = await testServer(context, {
    ...options,
    udp: true,
    onLogLine: (line) => logged.push(line),
  });
  const [address = ''] = server.joinAddresses.filter((each) => each.startsWith('chat+udp:'));
  const parsed = parseChatAddress(address);
  assert.ok(parsed.ok);
  const dial = udpDial({
    hasKey: async () => true,
    async check({ keySha256 }) {
      assert.equal(keySha256, parsed.address.keySha256);
      return 'trusted';
    },
  });
  const stranger = async (): Promise<Stranger> => {
    const connection = await dial(parsed.address);
    context.after(() => connection.destroy());
    return new Stranger(connection);
  };
  return { server, address, logged, stranger };
}

class Stranger extends Observed {
  async ask(text: string, isAnswered: (answer: string) => boolean): Promise<string> {
    const { length } = this.bytes;
    const rest = (): string => this.bytes.toString('utf8', length);
    this.connection.write(Buffer.from(text));
    await this.until(() => isAnswered(rest()) || this.ends > 0);
    return rest();
  }

  register(name: string): Promise<string> {
    return this.ask(`REGISTER ${name} CHAT/1.0\n`, (answer) => answer.endsWith('\n'));
  }
}

describe('a server over UDP', () => {
  it('speaks every protocol, and brings together who came over UDP and TCP', async (context) => {
    const { server, stranger, logged } = await scene(context);
    const alice = await stranger();
    assert.match(await alice.register('alice'), /^200 /);
    const bob = await WireClient.register(context, server, 'bob');
    bob.send('hello @alice\n');
    await alice.until(() => alice.bytes.includes('@bob: hello @alice\n'));
    alice.connection.write(Buffer.from('hello @bob\n'));
    assert.equal(await bob.line(), '@alice: hello @bob');
    assert.match(
      await (await stranger()).ask('login carol\n', (answer) => answer.endsWith('\n')),
      /^RESPONSE ok/,
    );
    const http = await (await stranger()).ask('GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n', (answer) =>
      answer.includes('\n\r\n'),
    );
    assert.match(http, /^HTTP\/1\.1 200/);
    const lines = logged.map((line) => JSON.parse(line)).filter(({ user }) => user !== undefined);
    assert.deepEqual(
      lines.map(({ user, transport }) => [user, transport]),
      [
        ['alice', 'udp'],
        ['bob', undefined],
        ['carol', 'udp'],
      ],
    );
  });

  it('is seen by operators and in the metrics', async (context) => {
    const { server, stranger } = await scene(context);
    const alice = await stranger();
    await alice.register('alice');
    await WireClient.register(context, server, 'bob');
    const { connections } = JSON.parse(await adminDone(server.dataFolder, 'who', '--json'));
    assert.deepEqual(
      connections.map(({ name, transport }: Record<string, unknown>) => [name, transport]),
      [
        ['alice', 'udp'],
        ['bob', 'tcp'],
      ],
    );
    const [{ path }] = connections;
    assert.ok(path.roundTripMs > 0 && path.roundTripMs < 5000 && path.loss >= 0 && path.loss <= 1);
    assert.match(
      await adminDone(server.dataFolder, 'who'),
      /ROUND TRIP +LOSS [\s\S]*alice +127\.0\.0\.1 +CHAT\/1\.0 +udp +[0-9.]+ ms +[0-9]+ % [\s\S]* tcp +- +- /,
    );
    assert.match(await adminDone(server.dataFolder, 'status'), /^carried by +udp 1, tcp 1$/m);
    const page = await (await fetch(`http://127.0.0.1:${server.port}/metrics`)).text();
    assert.match(page, /^earshot_transport_connections\{transport="udp"\} 1$/m);
    assert.match(await adminDone(server.dataFolder, 'ban', '127.0.0.0/8', 'noise'), /2 connections ended/);
    await alice.until(() => alice.ends > 0);
    const late = await stranger();
    assert.match(await late.register('alice'), /noise/);
  });

  it('counts streams as connections, together with those over TCP', async (context) => {
    const limits = { connectionsPerAddress: 3, limitLoopback: 1 };
    const { server, stranger, logged } = await scene(context, { limits });
    await WireClient.register(context, server, 'bob');
    for (const name of ['carol', 'dora']) assert.match(await (await stranger()).register(name), /^200 /);
    const late = await stranger();
    // Nobody says anything, as over TCP.
    await late.until(() => late.ends > 0);
    assert.equal(late.received, 0);
    assert.ok(logged.some((line) => /too-many-from-address.*/.test(line) && /"transport":"udp"/.test(line)));
  });

  // An address of this machine that is not its loopback counts as another machine's.
  const host = reachableHost('0.0.0.0');
  it(
    'takes a password from another machine, which it does not over TCP',
    {
      skip: host === '127.0.0.1' && 'this machine has no other address',
    },
    async (context) => {
      const { server, address } = await scene(context, { host: '0.0.0.0' });
      assert.ok(address.startsWith(`chat+udp://${host}:`));
      const account = { ...quiet, name: 'alice', password: 'correct horse', account: 'either' } as const;
      await assert.rejects(connect({ host, port: server.port }, account), { reason: 'tls-required' });
      const alice = closing(context, await connect(address, account));
      assert.equal(alice.isGuest, false);
    },
  );

  it('says goodbye to everybody when it is closed, and frees its port', async (context) => {
    const { server, stranger } = await scene(context);
    const alice = await stranger();
    await alice.register('alice');
    const silent = await stranger();
    await server.close();
    assert.match(alice.bytes.toString(), /DISCONNECT CHAT\/1\.0\n$/);
    for (const end of [alice, silent]) {
      end.connection.end();
      await end.closed();
    }
    const again = await testServer(context, {
      listen: [{ host: '127.0.0.1', port: server.port }],
      udp: true,
    });
    assert.equal(again.port, server.port);
  });

  it('carries a large file, and lines beside it', async (context) => {
    const { address } = await scene(context);
    const alice = closing(context, await connect(address, { ...quiet, name: 'alice' }));
    const bob = closing(
      context,
      await connect(address, { ...quiet, name: 'bob', follow: ['files', 'beside'] }),
    );
    const content = new Uint8Array(propertyRuns(8, 100) * 1024 * 1024);
    for (let at = 0; at < content.length; at += 65_536) randomFillSync(content, at, 65_536);
    const sha256 = createHash('sha256').update(content).digest('hex');
    const announced = next(bob, 'attachment');
    const sent = alice.attach({ name: 'large.bin', content }, { terms: ['files'] });
    const heard = next(bob, 'message');
    await alice.send('beside it');
    assert.equal((await heard).text, 'beside it');
    assert.equal((await sent).sha256, sha256);
    const fetched = createHash('sha256')
      .update(await bob.fetchBytes(await announced, { maxBytes: content.length }))
      .digest('hex');
    assert.equal(fetched, sha256);
  });
});
