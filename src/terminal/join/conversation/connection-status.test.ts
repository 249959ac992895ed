import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FakeClock } from '../../../../tests/support/fake-clock.ts';
import type { Client, ClientEvents } from '../../../client/client.ts';
import { Emitter } from '../../../client/emitter.ts';
import { ConnectionStatus } from './connection-status.ts';

test('counts down to the next attempt, and starts it on request', () => {
  const clock = new FakeClock();
  const shown: string[] = [];
  let attempts = 0;
  const events = new Emitter<ClientEvents>();
  const client = Object.assign(events, { reconnectNow: () => attempts++ }) as unknown as Client;
  const status = new ConnectionStatus(client, clock, (text) => shown.push(text));
  const offline = (retryInMs: number) => events.emit('offline', { why: '', retryInMs, isFarewell: false });
  status.retry();
  assert.equal(attempts, 0);
  offline(2_300);
  clock.advance(2_300);
  assert.deepEqual(shown.splice(0), [
    'offline, next try in 3 s',
    'offline, next try in 2 s',
    'offline, next try in 1 s',
    'connecting',
  ]);
  offline(60_000);
  status.retry();
  status.retry();
  assert.deepEqual([attempts, shown.splice(0)], [1, ['offline, next try in 60 s', 'connecting']]);
  events.emit('online', { isResumed: true });
  assert.deepEqual([shown, clock.pendingTimers], [[''], 0]);
});
