import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FakeClock } from '../../../tests/support/fake-clock.ts';
import { Liveness } from './liveness.ts';

function watched() {
  const clock = new FakeClock();
  const told: string[] = [];
  const beganMs = clock.monotonicMs();
  const tell = (what: string) => told.push(`${what} at ${(clock.monotonicMs() - beganMs) / 1_000}`);
  const asked: number[] = [];
  const liveness = new Liveness({
    clock,
    oldestAskedMs: () => asked[0],
    ping: () => ask('ping'),
    onDead: () => {
      tell('dead');
      liveness.stop();
    },
  });
  const ask = (what = 'request') => {
    tell(what);
    asked.push(clock.monotonicMs());
    liveness.onAsked();
  };
  const answer = () => {
    asked.length = 0;
    liveness.onHeard();
  };
  liveness.start();
  return { clock, told, liveness, ask, answer };
}

test('a connection is dead 30 s after a request that nothing follows', () => {
  const { clock, told, ask, answer } = watched();
  ask();
  clock.advance(1_000);
  answer();
  clock.advance(19_000);
  ask();
  clock.advance(60_000);
  assert.deepEqual(told, ['request at 0', 'request at 20', 'dead at 50']);
  assert.equal(clock.pendingTimers, 0);
});

test('an idle connection is probed by a PING, and dead when that is not answered', () => {
  const { clock, told, answer } = watched();
  clock.advance(45_000);
  answer();
  clock.advance(120_000);
  assert.deepEqual(told, ['ping at 45', 'ping at 90', 'dead at 120']);
});

test('whatever the server sends, and bytes that it takes, are signs of life', () => {
  const { clock, told, liveness, ask } = watched();
  ask();
  for (let i = 0; i < 10; i++) {
    clock.advance(25_000);
    if (i % 2 === 0) liveness.onHeard();
    else liveness.onDrain();
  }
  assert.deepEqual(
    told.filter((what) => what.startsWith('dead')),
    [],
  );
  clock.advance(30_000);
  assert.equal(told.at(-1), 'dead at 280');
});

test('a doubt ends with the request that caused it, and with what is heard when a handler is done', async () => {
  const { clock, told, liveness, ask, answer } = watched();
  ask();
  clock.advance(15_000);
  answer();
  clock.advance(20_000);
  ask();
  clock.advance(25_000);
  answer();
  const handled = Promise.withResolvers<void>();
  const busy = liveness.whileBusy(handled.promise);
  ask();
  clock.advance(20_000);
  handled.resolve();
  await busy;
  clock.advance(29_999);
  assert.deepEqual(
    told.filter((what) => what.startsWith('dead')),
    [],
  );
  assert.equal(clock.pendingTimers, 2, 'one for silence, one for the answer');
  liveness.stop();
  assert.equal(clock.pendingTimers, 0);
});

test('silence means nothing while the client itself does not read, or was stopped', async () => {
  const { clock, told, liveness, ask, answer } = watched();
  const handled = Promise.withResolvers<void>();
  const busy = liveness.whileBusy(handled.promise);
  ask();
  clock.advance(80_000);
  handled.resolve();
  await busy;
  answer();
  ask();
  // As after SIGSTOP: the clock jumps, and the timers fall due at once, before the answer is read.
  clock.jump(60_000);
  clock.advance(0);
  answer();
  clock.advance(40_000);
  assert.deepEqual(
    told.filter((what) => what.startsWith('dead')),
    [],
  );
});
