import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Client, Entry, History } from '../../src/client/client.ts';
import { RefusedError } from '../../src/client/errors.ts';
import { connect } from '../../src/client-node/connect.ts';
import { closing, recorded } from '../support/client-events.ts';
import { testServer } from '../support/server.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const at = ({ port }: { readonly port: number }) => ({ host: '127.0.0.1', port });
const guest = { stateFolder: false, random: () => 0 } as const;
const password = 'correct-horse';

const textOf = (entry: Entry): string => (entry.kind === 'message' ? entry.text : entry.name);
const textsOf = ({ entries }: Pick<History, 'entries'>): string[] => entries.map(textOf);

/** Sends each text when the one before is stored, so that their order is known. */
async function say(client: Client, ...texts: string[]): Promise<void> {
  for (const text of texts) await client.send(text);
}

const mixed = [
  'an apple pie',
  'apple and pie',
  'Apple *pie*!',
  'apple-pie',
  'pie apple',
  'one more apple, pie and cream',
];
const withPhrase = ['an apple pie', 'Apple *pie*!', 'one more apple, pie and cream'];

describe('a phrase', () => {
  it('brings the same live, while its user is away, in the history, by a search, and after a restart', async (t) => {
    const folder = await temporaryFolder(t);
    const stateFolder = await temporaryFolder(t);
    const first = await testServer(t, { dataFolder: folder });
    const options = { name: 'alice', password, stateFolder };
    const alice = closing(t, await connect(at(first), { ...options, account: 'create' }));
    const bob = closing(t, await connect(at(first), { ...guest, name: 'bob' }));
    await say(bob, 'an old apple pie');
    assert.deepEqual(textsOf(await alice.follow('"Apple pie"', { since: 0 })), ['an old apple pie']);
    await assert.rejects(
      alice.follow('"apple  PIE"'),
      (error) => error instanceof RefusedError && error.code === 409,
    );
    const live = recorded(alice);
    await say(bob, ...mixed);
    await bob.broadcast('that is all');
    while (live.length < withPhrase.length + 1)
      await new Promise((resolve) => alice.once('message', resolve));
    assert.deepEqual(
      live,
      [...withPhrase, 'that is all'].map((text) => `bob: ${text}`),
    );
    await alice.close();

    await say(bob, ...mixed);
    await bob.sendTo('alice', 'a private apple pie');
    await bob.sendTo('alice', 'apple, private, pie');
    const again = closing(t, await connect(at(first), options));
    const missed: string[] = [];
    again.on('message', (message) => missed.push(message.text));
    await new Promise((resolve) => again.once('caught-up', resolve));
    assert.deepEqual(missed, [...withPhrase, 'a private apple pie', 'apple, private, pie']);
    assert.deepEqual(await again.follows(), ['@alice', '@all', '"Apple pie"']);
    assert.deepEqual(textsOf(await again.history({ match: '"APPLE pie"', limit: 200 })), [
      ...[...withPhrase, ...withPhrase, 'a private apple pie'],
    ]);
    assert.deepEqual(textsOf(await again.history({ match: '"apple pie"', limit: 2 })), [
      ...['one more apple, pie and cream', 'a private apple pie'],
    ]);
    const since = { position: again.position ?? 0, epoch: again.epoch ?? '' };
    await again.close();
    await bob.close();
    await first.close();

    const second = await testServer(t, { dataFolder: folder });
    const carol = closing(t, await connect(at(second), { ...guest, name: 'carol' }));
    await say(carol, 'pie apple pie apple', 'apple apple');
    const later = closing(t, await connect(at(second), { ...guest, name: 'alice', password, since }));
    const heard = recorded(later);
    await new Promise((resolve) => later.once('caught-up', resolve));
    assert.deepEqual(heard, ['carol: pie apple pie apple', 'caught up, 1 of 2']);
    assert.equal((await later.history({ match: '"apple pie"', limit: 200 })).entries.length, 8);
    await later.unfollow('"apple pie"');
    assert.deepEqual(await carol.send('no apple pie any more'), { position: 19, reached: 0 });
  });

  it('says that it matched, in its own place, and so does a file that was sent to it', async (t) => {
    const server = await testServer(t);
    const alice = closing(
      t,
      await connect(at(server), { ...guest, name: 'alice', follow: ['pie', '"apple pie"', '"pie apple"'] }),
    );
    const bob = closing(t, await connect(at(server), { ...guest, name: 'bob', follow: ['apple'] }));
    assert.deepEqual(await alice.follows(), ['pie', '@alice', '@all', '"apple pie"', '"pie apple"']);
    const message = new Promise<Entry>((resolve) => alice.once('message', resolve));
    await bob.send('apple pie for @alice');
    assert.deepEqual((await message).matched, ['"apple pie"', '@alice', 'pie']);
    const file = new Promise<Entry>((resolve) => alice.once('attachment', resolve));
    const content = { name: 'menu.txt', content: new TextEncoder().encode('menu') };
    const carol = closing(t, await connect(at(server), { ...guest, name: 'carol' }));
    const sent = await carol.attach(content, { terms: ['"Apple  PIE"'] });
    assert.equal(sent.reached, 1, 'not bob, who follows apple');
    assert.deepEqual((await file).matched, ['"apple pie"']);
    assert.deepEqual(textsOf(await alice.history({ match: '"apple pie"' })), [
      'apple pie for @alice',
      'menu.txt',
    ]);
  });

  it('counts among twenty', async (t) => {
    const server = await testServer(t, { limits: { followPhrases: 2 } });
    const alice = closing(
      t,
      await connect(at(server), { ...guest, name: 'alice', follow: ['"a b"', '"b c"'] }),
    );
    await assert.rejects(
      alice.follow('"c d"'),
      (error) => error instanceof RefusedError && error.code === 409 && /2 phrases/.test(error.reason),
    );
    await alice.follow('c');
    await alice.unfollow('"A b"');
    await alice.follow('"c d"');
  });

  it('is found among thousands of texts that have its words apart', async (t) => {
    const server = await testServer(t, { messageRate: 1_000_000, limits: { messageBurst: 1_000_000 } });
    const alice = closing(
      t,
      await connect(at(server), {
        ...guest,
        name: 'alice',
        password,
        account: 'create',
        follow: ['"apple pie"'],
      }),
    );
    const bob = closing(t, await connect(at(server), { ...guest, name: 'bob' }));
    await bob.send('the first apple pie');
    for (let round = 0; round < 5; round++)
      await Promise.all(Array.from({ length: 600 }, (_, at) => bob.send(`apple ${at} pie`)));
    await bob.send('the last apple pie');
    assert.deepEqual(textsOf(await alice.history({ match: '"apple pie"', limit: 200 })), [
      'the first apple pie',
      'the last apple pie',
    ]);
    assert.deepEqual(textsOf(await alice.history({ match: '"apple pie"', after: 1, limit: 1 })), [
      'the last apple pie',
    ]);
    assert.deepEqual(textsOf(await alice.history({ match: '"apple none"' })), []);
  });
});
