import assert from 'node:assert/strict';
import { randomInt } from 'node:crypto';
import { type TestContext, test } from 'node:test';
import type { Address, ChatMessage, Client } from '../../src/client/client.ts';
import { connect } from '../../src/client-node/connect.ts';
import { transports } from '../support/bad-path.ts';
import { randomFrom } from '../support/random.ts';
import { startServerProcess } from '../support/server-process.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const cuts = 200;
const messagesPerCut = 25;
const kills = 10;
/** Set it to the seed of a failure to see the same cuts, kills and messages again. */
const givenSeed = process.env.EARSHOT_TEST_SEED;

for (const { name: over, open } of transports)
  test(`a client that is cut off over ${over} again and again, by a server that is killed, misses nothing and repeats nothing`, async (context) => {
    const seed = givenSeed === undefined ? randomInt(1, 2 ** 31) : Number(givenSeed);
    context.diagnostic(`EARSHOT_TEST_SEED=${seed}`);
    const random = randomFrom(seed);
    const below = (most: number): number => Math.floor(random() * most);
    const args = ['--data', await temporaryFolder(context), '--message-rate', '0'];
    let server = await startServerProcess(context, args);
    const { wire: alicesWire, address: toAlice } = await open(context, server);
    const { wire: bobsWire, address: toBob } = await open(context, server);
    const alice = await enter(context, toAlice, 'alice', { follow: ['apple'] });
    const bob = await enter(context, toBob, 'bob', { follow: ['*'] });
    const heard: ChatMessage[] = [];
    const heardByBob: ChatMessage[] = [];
    alice.on('message', (message) => heard.push(message));
    bob.on('message', (message) => heardByBob.push(message));

    const sent: Promise<{ text: string; position: number }>[] = [];
    const say = async (client: Client, text: string): Promise<{ text: string; position: number }> => {
      const { position } = await client.send(text);
      assert.ok(position !== undefined);
      return { text, position };
    };
    const said: Promise<{ text: string; position: number }>[] = [];
    for (let round = 0; round < cuts; round++) {
      const cut = alicesWire.cut(below(600));
      for (let i = 0; i < messagesPerCut; i++) {
        const number = round * messagesPerCut + i;
        sent.push(say(bob, `${random() < 0.5 ? 'apple' : 'pear'} ${number}`));
      }
      said.push(say(alice, `alice ${round}`));
      if (round % (cuts / kills) === 0) {
        await sent[sent.length - 1 - below(messagesPerCut)];
        await server.end('SIGKILL');
        server = await startServerProcess(context, args);
        alicesWire.target = server.port;
        bobsWire.target = server.port;
      }
      await cut;
    }

    const inOrder = (await Promise.all(sent)).sort((a, b) => a.position - b.position);
    const last = await say(bob, 'apple, the last');
    while (heard.at(-1)?.text !== last.text) await eventOf(alice);
    const expected = inOrder.filter(({ text }) => text.startsWith('apple')).concat(last);
    assert.deepEqual(
      heard.map(({ text, position }) => ({ text, position })),
      expected,
    );
    const own = await Promise.all(said);
    const lastOwn = await say(alice, 'alice, the last');
    while (heardByBob.at(-1)?.text !== lastOwn.text) await eventOf(bob);
    assert.deepEqual(
      heardByBob.map(({ text, position }) => ({ text, position })),
      [...own, lastOwn],
    );
    const numbers = inOrder.map(({ text }) => Number(text.split(' ')[1]));
    assert.deepEqual(numbers, [...numbers.keys()], 'stored in the order in which they were said');
    assert.equal(alicesWire.cuts, cuts);
    context.diagnostic(
      `${sent.length} messages, ${heard.length} heard, ${alicesWire.connections} connections`,
    );
  });

async function enter(
  context: TestContext,
  address: Address,
  name: string,
  options: { readonly follow: readonly string[] },
): Promise<Client> {
  const client = await connect(address, {
    name,
    password: 'correct horse',
    account: 'create',
    stateFolder: false,
    random: () => 0,
    ...options,
  });
  context.after(() => client.close());
  return client;
}

function eventOf(client: Client): Promise<unknown> {
  return new Promise((resolve) => {
    client.once('message', resolve);
  });
}
