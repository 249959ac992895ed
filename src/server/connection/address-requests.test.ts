import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FakeClock } from '../../../tests/support/fake-clock.ts';
import { defaultLimits } from '../../protocol/limits.ts';
import { AddressRequests, requestsByAddress } from './address-requests.ts';

/** Sends requests without end; each costs `cost`. */
function ask(requests: AddressRequests, name: string, cost: number, served: string[]): void {
  const connection = {};
  const goOn = (): boolean => {
    served.push(name);
    requests.spend(cost - 1);
    requests.queue(connection, cost, goOn);
    return true;
  };
  requests.queue(connection, cost, goOn);
}

test('two thousand waiting connections have one timer and share the rate', () => {
  const clock = new FakeClock();
  const requests = new AddressRequests(clock, 100, 1);
  const served: string[] = [];
  requests.spend(1);
  for (let at = 0; at < 2_000; at++) ask(requests, `${at}`, 1, served);
  assert.equal(clock.pendingTimers, 1);
  clock.advance(20_000);
  assert.equal(clock.pendingTimers, 1);
  assert.equal(served.length, 2_000);
  assert.equal(new Set(served).size, 2_000, 'each once');
});

test('waiting connections share the rate by the cost of their requests', () => {
  const clock = new FakeClock();
  const requests = new AddressRequests(clock, 10, 1);
  const served: string[] = [];
  requests.spend(1);
  ask(requests, 'dear', 9, served);
  ask(requests, 'cheap', 1, served);
  clock.advance(18_000);
  const cheap = served.filter((name) => name === 'cheap').length;
  const dear = served.length - cheap;
  assert.ok(dear >= 9 && cheap >= dear * 8, `${cheap} and ${dear}`);
});

test('a connection that is gone costs the others nothing', () => {
  const clock = new FakeClock();
  const requests = new AddressRequests(clock, 1, 1);
  const served: string[] = [];
  requests.spend(1);
  for (let at = 0; at < 100; at++) requests.queue({}, 1, () => false);
  ask(requests, 'here', 1, served);
  clock.advance(1_000);
  assert.deepEqual(served, ['here']);
});

test('a request that comes while others wait has to wait too', () => {
  const clock = new FakeClock();
  const requests = new AddressRequests(clock, 1, 1);
  requests.spend(1);
  assert.ok(requests.isSpent);
  requests.queue({}, 1, () => true);
  assert.ok(requests.isSpent && !requests.isAsNew);
  clock.advance(1_000);
  assert.ok(requests.isSpent);
  clock.advance(1_000);
  assert.ok(!requests.isSpent && requests.isAsNew);
});

test('who has more addresses than are remembered gets back nothing that one of them spent', () => {
  const clock = new FakeClock();
  const limits = { ...defaultLimits, addressRequestsPerSecond: 1, addressRequestBurst: 10 };
  const addresses = requestsByAddress(clock, limits);
  const spent = addresses.of('a', false);
  spent.spend(4);
  for (let at = 0; at <= 20_000; at++) addresses.of(`b${at}`, false).spend(4);
  assert.equal(addresses.of('a', false), spent);
  clock.advance(4_000);
  const again = addresses.of('a', false);
  again.spend(9);
  assert.ok(!again.isSpent, 'its burst was full again');
});
