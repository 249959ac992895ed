import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { FakeClock } from '../../../tests/support/fake-clock.ts';
import type { ChatMessage } from '../entries.ts';
import { LostError, RefusedError } from '../errors.ts';
import type { HistoryPage } from './backlog.ts';
import { LogEntries } from './log-entries.ts';

const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

const said = (position: number): ChatMessage => ({
  kind: 'message',
  position,
  from: 'bob',
  to: undefined,
  timeMs: 0,
  matched: [],
  isReplay: false,
  isOwn: false,
  text: `${position}`,
});

/** Entries of which four wait at most and six came; the log is the test's. */
function started() {
  const clock = new FakeClock();
  const asked: PromiseWithResolvers<HistoryPage>[] = [];
  const told: string[] = [];
  const entries = new LogEntries({
    clock,
    isUnsure: () => false,
    history: ({ after }) => {
      told.push(`asks after ${after}`);
      const answer = Promise.withResolvers<HistoryPage>();
      asked.push(answer);
      return answer.promise;
    },
    keepPlace: async () => void told.push(`keeps ${entries.place?.position}`),
    onGap: ({ from, to }) => told.push(`gap ${from}-${to}`),
    maxWaiting: 4,
  });
  entries.moved({ position: 0, epoch: 'e' });
  entries.open();
  for (let position = 1; position <= 6; position++) {
    entries.push(said(position));
    entries.moved({ position, epoch: 'e' });
  }
  const handleAll = async () => {
    while (entries.first() !== undefined) await entries.done();
  };
  return { clock, asked, told, entries, handleAll };
}

describe('LogEntries', () => {
  it('keeps the place past each entry, and reads the next ones while half of its room is left', async () => {
    const { told, asked, entries, handleAll } = started();
    await handleAll();
    assert.deepEqual(told, ['keeps 1', 'keeps 2', 'asks after 4', 'keeps 3', 'keeps 4']);
    const changed = entries.changed(undefined);
    asked[0]?.resolve({ entries: [said(6)], gaps: [{ from: 1, to: 5 }] });
    await changed;
    assert.equal(entries.first()?.position, 6);
    assert.equal(told.at(-1), 'gap 5-5');
  });

  it('wakes who waits at each entry, and at the end, of which the first reason counts', async () => {
    const { told, entries, handleAll } = started();
    await entries.ready();
    assert.deepEqual(told, ['keeps 0']);
    await handleAll();
    entries.forget();
    const came = entries.changed(undefined);
    entries.push(said(7));
    await came;
    assert.equal(entries.first()?.position, 7);
    const ended = entries.changed(undefined);
    entries.end(undefined);
    await ended;
    entries.end('banned');
    assert.deepEqual(entries.ending, { why: undefined });
  });

  it('has one reader at a time', () => {
    const { entries } = started();
    const release = entries.claim();
    assert.throws(() => entries.claim(), /handled already/);
    release();
    entries.claim()();
  });

  it('reads on until it has everything, one question at a time', async () => {
    const { asked, told, entries, handleAll } = started();
    await handleAll();
    entries.resume();
    entries.first();
    asked[0]?.resolve({ entries: [said(5)], gaps: [] });
    await turn();
    await handleAll();
    asked[1]?.resolve({ entries: [], gaps: [] });
    await turn();
    assert.equal(entries.first(), undefined);
    assert.deepEqual(
      told.filter((what) => what.startsWith('asks')),
      ['asks after 4', 'asks after 5'],
    );
    assert.equal(entries.place?.position, 6);
  });

  for (const [why, retryAfterS, delayMs] of [
    ['the time that the server asks for', 7, 7_000],
    ['half a minute', undefined, 30_000],
  ] as const) {
    it(`asks again after ${why} when it is refused`, async () => {
      const { clock, asked, told, entries, handleAll } = started();
      await handleAll();
      asked[0]?.reject(new RefusedError(429, 'no', retryAfterS));
      await turn();
      clock.advance(delayMs - 1);
      entries.first();
      assert.equal(asked.length, 1);
      const changed = entries.changed(undefined);
      clock.advance(1);
      await changed;
      entries.first();
      assert.equal(told.at(-1), 'asks after 4');
      assert.equal(asked.length, 2);
    });
  }

  it('waits for the next login when the connection breaks', async () => {
    const { clock, asked, entries, handleAll } = started();
    await handleAll();
    asked[0]?.reject(new LostError('unknown', 'cut'));
    await turn();
    entries.first();
    assert.deepEqual([asked.length, clock.pendingTimers], [1, 0]);
    const changed = entries.changed(undefined);
    entries.resume();
    await changed;
    entries.first();
    assert.equal(asked.length, 2);
  });

  it('does not ask in vain when there is no progress', async () => {
    const { asked, entries, handleAll } = started();
    await handleAll();
    asked[0]?.resolve({ entries: [said(3)], gaps: [] });
    await turn();
    entries.first();
    assert.equal(asked.length, 1);
  });

  it('tells what a forgotten guest cannot read any more', async () => {
    const { told, entries, handleAll } = started();
    await handleAll();
    entries.forget();
    assert.deepEqual(told.at(-1), 'gap 5-6');
    assert.equal(entries.place?.position, 6);
  });
});
