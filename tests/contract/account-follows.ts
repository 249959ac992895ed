import assert from 'node:assert/strict';
import { it } from 'node:test';
import { type Create, openAccounts, password } from '../support/accounts-factory.ts';

/** What an account follows, kept as spans of positions. */
export function testFollows(create: Create): void {
  it('keeps follows as spans, in the order in which they began', async (test) => {
    const { accounts, reopen } = await openAccounts(test, create);
    await accounts.create('alice', password, 7);
    assert.deepEqual(await accounts.loadFollows('alice'), { createdAfter: 7, spans: [] });
    assert.equal(await accounts.loadFollows('nobody'), undefined);
    await accounts.beginFollow('alice', 'Pie', 10);
    await accounts.beginFollow('alice', 'apple', 11);
    await accounts.beginFollow('alice', '*', 12);
    await accounts.beginFollow('alice', 'APPLE', 13);
    await accounts.endFollow('alice', 'pie', 20);
    await accounts.endFollow('alice', 'pie', 21);
    await accounts.endFollow('alice', 'plum', 21);
    await accounts.beginFollow('alice', 'pie', 25);
    await accounts.beginFollow('nobody', 'pie', 25);
    const expected = {
      createdAfter: 7,
      spans: [
        { key: 'pie', term: 'Pie', after: 10, through: 20 },
        { key: 'apple', term: 'apple', after: 11, through: Number.POSITIVE_INFINITY },
        { key: '*', term: '*', after: 12, through: Number.POSITIVE_INFINITY },
        { key: 'pie', term: 'pie', after: 25, through: Number.POSITIVE_INFINITY },
      ],
    };
    assert.deepEqual(await accounts.loadFollows('alice'), expected);
    await accounts.close();
    assert.deepEqual(await (await reopen()).loadFollows('alice'), expected);
  });

  it('makes an account with what it has from the beginning, asked for when it is written', async (test) => {
    const { accounts } = await openAccounts(test, create);
    const held = { term: 'Pie', after: 3, through: Number.POSITIVE_INFINITY };
    const ended = { term: 'apple', after: 2, through: 5 };
    const follows = [ended];
    const created = accounts.create('alice', password, 1, () => follows);
    follows.push(held);
    assert.equal((await created).kind, 'created');
    const spans = [
      { key: 'apple', ...ended },
      { key: 'pie', ...held },
    ];
    assert.deepEqual(await accounts.loadFollows('alice'), { createdAfter: 1, spans });
    assert.equal((await accounts.create('alice', password, 1, assert.fail)).kind, 'taken');
  });

  it('forgets spans in which nothing was said, and the oldest of too many', async (test) => {
    const { accounts } = await openAccounts(test, create, { endedFollowsKept: 6 });
    await accounts.create('alice', password, 0);
    await accounts.beginFollow('alice', 'apple', 5);
    await accounts.endFollow('alice', 'apple', 5);
    assert.deepEqual((await accounts.loadFollows('alice'))?.spans, []);
    await accounts.beginFollow('alice', 'held', 5);
    const changes = [];
    for (let i = 0; i < 10; i++) {
      changes.push(
        accounts.beginFollow('alice', 'apple', 10 + i),
        accounts.endFollow('alice', 'apple', 11 + i),
      );
    }
    await Promise.all(changes);
    const { spans = [] } = (await accounts.loadFollows('alice')) ?? {};
    assert.equal(spans.length, 7);
    assert.deepEqual(spans[0], { key: 'held', term: 'held', after: 5, through: Number.POSITIVE_INFINITY });
    assert.deepEqual(spans[1], { key: 'apple', term: 'apple', after: 14, through: 15 });
  });

  it('counts follows from the beginning when the log is another one, and the account from where it began', async (test) => {
    const { accounts, reopen } = await openAccounts(test, create);
    await accounts.create('alice', password, 7);
    await accounts.beginFollow('alice', 'apple', 10);
    await accounts.beginFollow('alice', 'pie', 10);
    await accounts.endFollow('alice', 'apple', 20);
    await accounts.close();
    const again = await reopen({ epoch: 'another', head: 30 });
    assert.deepEqual(await again.loadFollows('alice'), {
      createdAfter: 7,
      spans: [{ key: 'pie', term: 'pie', after: 0, through: Number.POSITIVE_INFINITY }],
    });
    await again.close();
    const shorter = await reopen({ epoch: 'a third', head: 5 });
    assert.equal((await shorter.loadFollows('alice'))?.createdAfter, 5);
  });
}
