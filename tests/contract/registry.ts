import assert from 'node:assert/strict';
import { it } from 'node:test';
import fc from 'fast-check';
import type { Claim, Registry } from '../../src/server/users/registry.ts';

/** What every registry promises. `accounts` are the names that have an account; the test adds to them. */
export function testRegistryContract(create: (accounts: Set<string>) => Registry): void {
  it('gives a name to one claim at a time', async () => {
    const registry = create(new Set());
    const first = await registry.claim('ann');
    assert.ok(first);
    assert.equal(await registry.claim('ann'), undefined);
    assert.ok(await registry.claim('bob'));
    first.release();
    const second = await registry.claim('ann');
    assert.ok(second);
    first.release();
    assert.equal(await registry.claim('ann'), undefined, 'a claim is released once');
  });

  it('gives the name of an account to nobody', async () => {
    const accounts = new Set(['ann']);
    const registry = create(accounts);
    assert.equal(await registry.claim('ann'), undefined);
    assert.deepEqual(await registry.find('ann'), { kind: 'account', nodes: [] });
    const claim = await registry.claim('bob');
    accounts.add('bob');
    claim?.release();
    assert.equal(await registry.claim('bob'), undefined);
  });

  it('lists those who are online in the order of their claims, whoever comes back', async () => {
    const registry = create(new Set(['ann']));
    for (const name of ['cid', 'bob']) await registry.claim(name);
    for (const name of ['bob', 'ann', 'cid']) registry.connect(name);
    assert.deepEqual(await registry.online(), ['cid', 'bob', 'ann']);
    registry.disconnect('cid');
    assert.deepEqual(await registry.online(), ['bob', 'ann']);
    assert.deepEqual(await registry.find('cid'), { kind: 'guest', nodes: [] });
    registry.connect('cid');
    assert.deepEqual(await registry.online(), ['cid', 'bob', 'ann']);
    assert.equal((await registry.find('cid')).nodes.length, 1);
  });

  it('finds names that differ in case only, claimed, online or of accounts', async () => {
    const registry = create(new Set(['ann']));
    assert.deepEqual(await registry.namesLike('Ken'), []);
    const claim = await registry.claim('ken');
    await registry.claim('KEN');
    assert.deepEqual(await registry.namesLike('Ken'), ['ken', 'KEN']);
    claim?.release();
    assert.deepEqual(await registry.namesLike('ken'), ['KEN']);
    registry.connect('ann');
    assert.deepEqual(await registry.namesLike('ANN'), ['ann']);
    registry.disconnect('ann');
    assert.deepEqual(await registry.namesLike('ANN'), ['ann']);
  });

  it('agrees with a model, whatever happens in whatever order', async () => {
    const name = fc.constantFrom('ann', 'bob', 'cid');
    const step = fc.record({ kind: fc.constantFrom('claim', 'release', 'connect', 'disconnect'), name });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
        const registry = create(new Set(['ann']));
        const claims = new Map<string, Claim>();
        const connections = new Map<string, number>();
        for (const { kind, name } of steps) {
          const count = connections.get(name) ?? 0;
          if (kind === 'claim') {
            const claim = await registry.claim(name);
            assert.equal(claim !== undefined, name !== 'ann' && !claims.has(name));
            if (claim !== undefined) claims.set(name, claim);
          } else if (kind === 'release') {
            claims.get(name)?.release();
            claims.delete(name);
          } else if (kind === 'connect') {
            registry.connect(name);
            connections.set(name, count + 1);
          } else if (count > 0) {
            registry.disconnect(name);
            connections.set(name, count - 1);
          }
        }
        const online = [...connections].filter(([, count]) => count > 0).map(([each]) => each);
        assert.deepEqual([...(await registry.online())].sort(), online.sort());
        for (const each of ['ann', 'bob', 'cid']) {
          const { kind, nodes } = await registry.find(each);
          const isThere = claims.has(each) || online.includes(each);
          assert.equal(kind, each === 'ann' ? 'account' : isThere ? 'guest' : 'nobody');
          assert.equal(nodes.length > 0, online.includes(each));
        }
      }),
    );
  });
}
