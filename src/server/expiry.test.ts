import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pino } from 'pino';
import { FakeClock } from '../../tests/support/fake-clock.ts';
import { appendAll, LogRecorder, textDraft } from '../../tests/support/log-recorder.ts';
import { MemoryLog } from '../../tests/support/memory-log.ts';
import { Expiry, removeOldMessages } from './expiry.ts';
import { TrustedTime } from './trusted-time.ts';

const hourMs = 60 * 60 * 1000;

/** Lets pending promises settle. */
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test('it prunes the log at the start and every hour, until it is stopped', async () => {
  const clock = new FakeClock();
  const recorder = new LogRecorder();
  const log = new MemoryLog(recorder);
  const ages = [8 * 24, 7 * 24 + 1, 7 * 24 - 1, 7 * 24 - 3].map((hours) => hours * hourMs);
  await appendAll(
    log,
    recorder,
    ages.map((ageMs) => textDraft('alice', 'hello', clock.nowMs() - ageMs)),
  );
  const lines: string[] = [];
  const logger = pino({}, { write: (line: string) => lines.push(line) });
  const time = new TrustedTime(clock, logger, undefined);
  const expiry = new Expiry({ clock, time, keepDays: 7, remove: removeOldMessages(log, logger) });
  await turn();
  assert.equal(log.prunedThrough, 2);
  clock.advance(hourMs);
  await turn();
  assert.equal(log.prunedThrough, 2, 'a message of exactly that age stays');
  clock.advance(hourMs);
  await turn();
  assert.equal(log.prunedThrough, 3);
  assert.deepEqual(
    lines.map((line) => JSON.parse(line).through),
    [2, 3],
  );
  void expiry.stop();
  assert.equal(clock.pendingTimers, 0);
});

test('it stays stopped after a stop during a prune', async () => {
  const clock = new FakeClock();
  const logger = pino({ level: 'silent' });
  const remove = removeOldMessages(new MemoryLog(new LogRecorder()), logger);
  const time = new TrustedTime(clock, logger, undefined);
  const expiry = new Expiry({ clock, time, keepDays: 7, remove });
  void expiry.stop();
  await turn();
  assert.equal(clock.pendingTimers, 0);
});

test('a clock that is far ahead at a start, or jumps ahead, is not trusted for an hour', async () => {
  const clock = new FakeClock();
  const removed: number[] = [];
  const remove = async (beforeMs: number): Promise<void> => void removed.push(beforeMs);
  const lines: string[] = [];
  const logger = pino({}, { write: (line: string) => lines.push(line) });
  const startMs = clock.nowMs();
  const keepDays = 7;
  const dayMs = 24 * hourMs;
  clock.setWall(startMs + 40 * dayMs);
  const time = new TrustedTime(clock, logger, startMs);
  const expiry = new Expiry({ clock, time, keepDays, remove });
  await turn();
  assert.deepEqual(removed, []);
  assert.equal(time.lastMs, startMs, 'the next server starts from it');
  assert.equal(JSON.parse(lines[0] ?? '').aheadDays, 40);
  clock.setWall(startMs);
  clock.advance(hourMs);
  await turn();
  assert.deepEqual(
    removed,
    [startMs + hourMs - keepDays * dayMs],
    'after it was set right, data expires by the right time',
  );
  clock.setWall(clock.nowMs() + 30 * dayMs);
  clock.advance(hourMs);
  await turn();
  assert.equal(removed.length, 1, 'a jump while running');
  assert.equal(time.lastMs, startMs + hourMs);
  clock.advance(hourMs);
  await turn();
  assert.equal(removed.length, 2, 'it stayed ahead for an hour, so it is trusted');
  assert.equal(time.lastMs, clock.nowMs());
  assert.equal(lines.length, 2, 'one warning for each jump');
  void expiry.stop();
});

test('a clock that runs for a month is trusted, and one that is set back is trusted at once', () => {
  const clock = new FakeClock();
  const time = new TrustedTime(clock, pino({ level: 'silent' }), clock.nowMs());
  clock.advance(30 * 24 * hourMs);
  assert.equal(time.nowMs(), clock.nowMs());
  clock.setWall(0);
  assert.equal(time.nowMs(), 0);
});
