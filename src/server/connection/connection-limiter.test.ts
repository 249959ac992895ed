import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SlowConnection } from '../../../tests/support/slow-connection.ts';
import { defaultLimits } from '../../protocol/limits.ts';
import type { Connection } from '../../transport/connection.ts';
import { ConnectionLimiter } from './connection-limiter.ts';

const limits = { ...defaultLimits, connections: 4, connectionsPerAddress: 2, unregisteredConnections: 3 };

function from(remoteAddress: string, isLoopback = false): Connection & { isDestroyed: boolean } {
  return Object.assign(new SlowConnection(0), { remoteAddress, isLoopback });
}

test('connections from one address are limited, and another may come when one leaves', () => {
  const connectionLimiter = new ConnectionLimiter(limits);
  const first = from('a');
  assert.equal(connectionLimiter.enter(first), 'in');
  assert.equal(connectionLimiter.enter(from('a')), 'in');
  assert.equal(connectionLimiter.enter(from('a')), 'too-many-from-address');
  connectionLimiter.leave(first);
  assert.equal(connectionLimiter.enter(from('a')), 'in');
});

test('connections are limited in all', () => {
  const connectionLimiter = new ConnectionLimiter(limits);
  for (const address of ['a', 'b', 'c', 'd']) {
    const connection = from(address);
    assert.equal(connectionLimiter.enter(connection), 'in');
    connectionLimiter.registered(connection);
  }
  assert.equal(connectionLimiter.enter(from('e')), 'full');
});

test('a new stranger displaces the oldest one; a connection with a login stays', () => {
  const connectionLimiter = new ConnectionLimiter(limits);
  const [registered, oldest, other] = [from('a'), from('b'), from('c')];
  for (const connection of [registered, oldest, other]) connectionLimiter.enter(connection);
  connectionLimiter.registered(registered);
  assert.equal(connectionLimiter.enter(from('d')), 'in');
  assert.deepEqual([registered.isDestroyed, oldest.isDestroyed, other.isDestroyed], [false, false, false]);
  connectionLimiter.leave(registered);
  assert.equal(connectionLimiter.enter(from('e')), 'in');
  assert.deepEqual([oldest.isDestroyed, other.isDestroyed], [true, false]);
});

test('this machine has no limit for each address, unless the limits say so', () => {
  const free = new ConnectionLimiter(limits);
  const strict = new ConnectionLimiter({ ...limits, limitLoopback: 1 });
  for (let i = 0; i < 10; i++) assert.equal(free.enter(from('127.0.0.1', true)), 'in');
  for (let i = 0; i < 2; i++) assert.equal(strict.enter(from('127.0.0.1', true)), 'in');
  assert.equal(strict.enter(from('127.0.0.1', true)), 'too-many-from-address');
});

test('an IPv6 /64 counts as one address, and this machine is limited in all', () => {
  const connectionLimiter = new ConnectionLimiter(limits);
  assert.equal(connectionLimiter.enter(from('2001:db8:0:1::1')), 'in');
  assert.equal(connectionLimiter.enter(from('2001:db8:0:1::2')), 'in');
  assert.equal(connectionLimiter.enter(from('2001:db8:0:1:ffff::3')), 'too-many-from-address');
  assert.equal(connectionLimiter.enter(from('2001:db8:0:2::1')), 'in');
  const here = Array.from({ length: 40 }, () => from('127.0.0.1', true));
  assert.equal(here.filter((connection) => connectionLimiter.enter(connection) === 'in').length, 32);
  assert.equal(here.filter(({ isDestroyed }) => isDestroyed).length, 32 - 3 * 8);
});

test('a stranger of the most crowded address is dropped, and a logout makes a stranger again', () => {
  const connectionLimiter = new ConnectionLimiter({ ...limits, connections: 100, connectionsPerAddress: 50 });
  const lonely = from('a');
  const crowd = [from('b'), from('b')];
  for (const connection of [lonely, ...crowd, from('c')]) connectionLimiter.enter(connection);
  assert.deepEqual([lonely.isDestroyed, crowd[0]?.isDestroyed], [false, true]);
  const member = from('d');
  connectionLimiter.registered(lonely);
  assert.equal(connectionLimiter.enter(member), 'in');
  connectionLimiter.stranger(lonely);
  assert.ok([...crowd, member].some(({ isDestroyed }) => isDestroyed));
});

test('a connection whose peer moves still counts where it came from, also when it leaves', () => {
  const connectionLimiter = new ConnectionLimiter(limits);
  for (let round = 0; round < 5; round++) {
    const moving = from('a');
    assert.equal(connectionLimiter.enter(moving), 'in');
    Object.assign(moving, { remoteAddress: '127.0.0.1', isLoopback: true });
    if (round % 2 === 0) {
      connectionLimiter.registered(moving);
      connectionLimiter.stranger(moving);
    }
    connectionLimiter.leave(moving);
  }
  const all = ['a', 'b', 'c', 'd', 'e'].map((address) => {
    const connection = from(address);
    const answer = connectionLimiter.enter(connection);
    connectionLimiter.registered(connection);
    return answer;
  });
  assert.deepEqual(all, ['in', 'in', 'in', 'in', 'full']);
});

test('strangers who left are not counted, and those of this machine displace nobody else', () => {
  const connectionLimiter = new ConnectionLimiter(limits);
  for (const address of ['a', 'b', 'c']) {
    const gone = from(address);
    connectionLimiter.enter(gone);
    connectionLimiter.leave(gone);
  }
  const here = Array.from({ length: 5 }, () => from('127.0.0.1', true));
  const others = ['d', 'e', 'f'].map((address) => from(address));
  for (const connection of [...here, ...others]) connectionLimiter.enter(connection);
  const all = [...here, ...others];
  assert.ok(all.every(({ isDestroyed }) => !isDestroyed));
  const [first, ...rest] = others;
  connectionLimiter.enter(from('g'));
  assert.equal(first?.isDestroyed, true);
  assert.ok([...here, ...rest].every(({ isDestroyed }) => !isDestroyed));
});
