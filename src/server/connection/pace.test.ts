import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FakeClock } from '../../../tests/support/fake-clock.ts';
import { HeldConnection } from '../../../tests/support/held-connection.ts';
import { defaultLimits } from '../../protocol/limits.ts';
import { Input } from '../../transport/input.ts';
import { requestsByAddress } from './address-requests.ts';
import { Pace } from './pace.ts';
import { TurnQueue } from './turn-queue.ts';

/** The pace of a connection with `unread` input. */
function asking(turns: TurnQueue, unread: string): Pace {
  const connection = new HeldConnection();
  const clock = new FakeClock();
  const input = new Input(connection);
  input.push(Buffer.from(unread));
  const session = {
    ...{ connection, address: connection.remoteAddress, input, isClosed: false, isStopping: false },
    after: clock.after.bind(clock),
    pause: (begin: (resume: () => void) => unknown) => new Promise<void>((resolve) => void begin(resolve)),
  };
  const requests = requestsByAddress(clock, defaultLimits);
  return new Pace(session, { clock, limits: defaultLimits, turns, requests });
}

function serveOne(pace: Pace): Promise<void> | undefined {
  assert.equal(pace.begin(), undefined);
  return pace.end(0, false);
}

test('while nobody waits, a turn is 64 requests', (context) => {
  context.mock.method(performance, 'now', () => 0);
  const pace = asking(new TurnQueue(), 'more');
  for (let at = 1; at < 64; at++) assert.equal(serveOne(pace), undefined, `request ${at}`);
  assert.ok(serveOne(pace) instanceof Promise);
});

test('while others wait, a peer that has not waited gets one request, and one that has gets a whole turn', async (context) => {
  context.mock.method(performance, 'now', () => 0);
  const turns = new TurnQueue();
  void turns.next('another');
  const pace = asking(turns, 'more');
  await serveOne(pace);
  void turns.next('another');
  assert.equal(serveOne(pace), undefined);
  pace.rested();
  assert.ok(serveOne(pace) instanceof Promise);
});

test('a peer without further requests does not wait', () => {
  const turns = new TurnQueue();
  void turns.next('another');
  assert.equal(serveOne(asking(turns, '')), undefined);
});
