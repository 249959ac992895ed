import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pino } from 'pino';
import { FakeClock } from '../../../tests/support/fake-clock.ts';
import { defaultLimits } from '../../protocol/limits.ts';
import { type Accounts, NotWrittenError } from '../accounts/accounts.ts';
import { Hub } from '../hub/hub.ts';
import { ChatUser } from './chat-user.ts';
import { LocalRegistry } from './local-registry.ts';
import { UserRates } from './user-rates.ts';

/** A disk whose writes end as the test says. */
class Disk {
  readonly asked: string[] = [];
  readonly #writes: PromiseWithResolvers<void>[] = [];

  write(what: string): Promise<void> {
    this.asked.push(what);
    const write = Promise.withResolvers<void>();
    this.#writes.push(write);
    return write.promise;
  }

  /** Ends the oldest write. */
  async end(error?: Error): Promise<void> {
    // The next write may have waited for the last one.
    await new Promise(setImmediate);
    const write = this.#writes.shift() ?? assert.fail('nothing is being written');
    if (error === undefined) write.resolve();
    else write.reject(error);
  }

  readonly accounts = {
    beginFollow: (_name: string, term: string) => this.write(`+${term}`),
    endFollow: (_name: string, term: string) => this.write(`-${term}`),
    changeFollows: (...[, ended, begun]: Parameters<Accounts['changeFollows']>) =>
      this.write([...ended.map(({ term }) => `-${term}`), ...begun.map(({ term }) => `+${term}`)].join(' ')),
  } as unknown as Accounts;
}

function userOn(disk: Disk, isAccount: boolean): ChatUser {
  const hub = new Hub({ logger: pino({ enabled: false }), onStorageFailure: assert.fail });
  const userRates = new UserRates(new FakeClock(), defaultLimits, 0);
  const registry = new LocalRegistry({ isAccount: () => isAccount });
  const own = { hub, registry, accounts: disk.accounts, userRates, maxTerms: 10, maxPhrases: 2 };
  return new ChatUser(
    'alice',
    1,
    isAccount ? { ...own, account: { createdAfter: 0, spans: [] } } : { ...own, token: 'a' },
  );
}

test('a follow is stored for one device after the same follow of another device failed', async () => {
  const disk = new Disk();
  const alice = userOn(disk, true);
  const [desk, phone] = [alice.follow('apple'), alice.follow('apple')];
  await Promise.all([assert.rejects(desk, NotWrittenError), disk.end(new NotWrittenError('full'))]);
  await disk.end();
  assert.equal(await phone, 'followed');
  assert.deepEqual(disk.asked, ['+apple', '+apple'], 'it was not "already" followed');
  assert.deepEqual(alice.follows.terms, ['@alice', '@all', 'apple']);
});

test('a list that cannot be stored undoes nothing but itself', async () => {
  const disk = new Disk();
  const alice = userOn(disk, true);
  const begun = alice.begin(['pie', 'plum']);
  const followed = alice.follow('apple');
  await Promise.all([assert.rejects(begun, NotWrittenError), disk.end(new NotWrittenError('full'))]);
  await disk.end();
  assert.equal(await followed, 'followed');
  assert.deepEqual(alice.follows.terms, ['@alice', '@all', 'apple']);
});

test('a guest becomes an account with their follows, or stays a guest', async () => {
  const disk = new Disk();
  const alice = userOn(disk, false);
  await alice.begin(['apple']);
  const token = alice.guestToken ?? assert.fail();
  const refused = alice.becomeAccount(async (follows) => {
    await disk.write(
      follows()
        .map(({ term }) => term)
        .join(),
    );
    return { kind: 'created', generation: 1 };
  });
  const meanwhile = alice.follow('pie');
  await Promise.all([assert.rejects(refused, NotWrittenError), disk.end(new NotWrittenError('full'))]);
  assert.equal(await meanwhile, 'followed');
  assert.equal(alice.isAccount, false);
  assert.ok(alice.isGuestToken(token));
  const made = alice.becomeAccount(async (follows) => {
    await disk.write(
      follows()
        .map(({ term }) => term)
        .join(),
    );
    return { kind: 'created', generation: 1 };
  });
  const later = alice.follow('plum');
  await disk.end();
  assert.deepEqual(await made, { kind: 'created', generation: 1 });
  assert.ok(alice.isAccount);
  await disk.end();
  assert.equal(await later, 'followed');
  assert.deepEqual(disk.asked, ['apple', 'apple,pie', '+plum']);
});

test('a second claim that is refused does not disturb the first', async () => {
  const disk = new Disk();
  const alice = userOn(disk, false);
  const made = alice.becomeAccount(async (follows) => {
    follows();
    await disk.write('create');
    return { kind: 'created', generation: 1 };
  });
  assert.deepEqual(await alice.becomeAccount(async () => ({ kind: 'taken' })), { kind: 'taken' });
  const later = alice.follow('plum');
  await disk.end();
  await made;
  await disk.end();
  assert.equal(await later, 'followed');
  assert.deepEqual(disk.asked, ['create', '+plum'], 'a follow after the snapshot is stored');
});
