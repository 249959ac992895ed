import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Ending } from './thread.ts';
import { answerTo, type Call, type Close, ThreadCalls } from './thread-calls.ts';

interface Sums {
  add(one: number, other: number): number;
}
const sums: Sums = { add: (one, other) => one + other };

/** Calls to a thread that answers when a test says so. */
function scene() {
  const told: (Call<Sums> | Close)[] = [];
  const crashes: Error[] = [];
  const { promise: ended, resolve: end } = Promise.withResolvers<Ending>();
  const thread = {
    tell: (message: Call<Sums> | Close) => void told.push(message),
    ended,
    terminate: () => end({ error: new Error('terminated') }),
  };
  const calls = new ThreadCalls<Sums>(thread, {
    name: 'sums',
    closed: 'the sums are closed',
    onCrash: (error) => crashes.push(error),
  });
  const answerAll = (): void => {
    for (const message of told.splice(0)) {
      if (message.kind === 'call') calls.resolve(answerTo(sums, message));
      else end({});
    }
  };
  return { calls, crashes, end, ended, answerAll };
}

test('each call gets its own answer, or its own error', async () => {
  const { calls, answerAll } = scene();
  const first = calls.call('add', 1, 2);
  const failing = calls.call('add', 3, 4);
  const last = calls.call('add', 5, 6);
  calls.reject(2, new Error('no room'));
  answerAll();
  await assert.rejects(failing, /no room/);
  assert.deepEqual(await Promise.all([first, last]), [3, 11]);
});

test('close answers what was called before, once, and refuses what comes later', async () => {
  const { calls, crashes, answerAll } = scene();
  const before = calls.call('add', 1, 2);
  const closed = [calls.close(), calls.close()];
  await assert.rejects(calls.call('add', 1, 2), /the sums are closed/);
  answerAll();
  assert.equal(await before, 3);
  await Promise.all(closed);
  assert.deepEqual(crashes, []);
});

test('fail rejects pending and later calls, and the end of the thread is no crash then', async () => {
  const { calls, crashes, ended } = scene();
  const pending = calls.call('add', 1, 2);
  calls.fail(new Error('damaged'));
  await assert.rejects(pending, /damaged/);
  await assert.rejects(calls.call('add', 1, 2), /damaged/);
  await ended;
  await calls.close();
  assert.deepEqual(crashes, []);
});

test('a thread that ends by itself, or with an error while it closes, has crashed', async () => {
  const early = scene();
  early.end({});
  await early.ended;
  assert.match(String(early.crashes), /the sums thread ended/);
  const late = scene();
  void late.calls.close();
  late.end({ error: new Error('out of memory') });
  await late.ended;
  assert.match(String(late.crashes), /out of memory/);
});
