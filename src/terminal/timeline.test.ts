import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { anyString } from '../../tests/support/any-string.ts';
import { FakeClock } from '../../tests/support/fake-clock.ts';
import type { Entry } from './entry-line.ts';
import { type Line, plainTextOf } from './line.ts';
import { LocalTimes, type TimeForm } from './local-times.ts';
import { Timeline } from './timeline.ts';

const noonMs = Date.parse('2026-11-28T12:00:00Z');
const dayMs = 24 * 60 * 60_000;

/** A screen that keeps the texts of its lines. */
class Sheet {
  readonly isTerminal: boolean;
  readonly lines: string[] = [];

  constructor(isTerminal = true) {
    this.isTerminal = isTerminal;
  }

  show(line: Line | string): void {
    this.lines.push(typeof line === 'string' ? line : plainTextOf(line));
  }

  notice(text: string): void {
    this.lines.push(text);
  }

  problem(text: string): void {
    this.lines.push(text);
  }

  status(): void {}
  close(): void {}
}

function scene(isTerminal = true, timeZone = 'UTC', timeForm = (): TimeForm => 'short') {
  const clock = new FakeClock();
  clock.setWall(noonMs);
  const screen = new Sheet(isTerminal);
  const times = new LocalTimes(timeZone);
  const timeline = new Timeline({ screen, clock, reader: 'alice', times, timeForm });
  return { clock, screen, timeline };
}

const common = {
  position: 1,
  from: 'bob',
  to: undefined,
  timeMs: noonMs,
  matched: [],
  isReplay: false,
  isOwn: false,
};
const said = (text: string, other: Partial<Entry> = {}): Entry =>
  ({ ...common, kind: 'message', text, ...other }) as Entry;
const sent = (name: string, other: Partial<Entry> = {}): Entry =>
  ({ ...common, kind: 'attachment', id: '1', name, bytes: 18, sha256: '', ...other }) as Entry;

function shown(entry: Entry, offer?: number, isTerminal = true): string {
  const { screen, timeline } = scene(isTerminal);
  timeline.show(entry, offer);
  return screen.lines.join('\n');
}

describe('a timeline', () => {
  it('says when, who and to whom', () => {
    assert.equal(shown(said('an apple pie', { matched: ['apple'] })), '12:00 @bob: an apple pie');
    assert.equal(shown(said('hi', { to: 'alice' })), '12:00 @bob → you: hi');
    assert.equal(shown(said('hi', { from: 'alice', to: 'bob', isOwn: true })), '12:00 @alice → @bob: hi');
    for (const to of ['you', 'everybody']) {
      const row = `12:00 @alice → @${to}: hi`;
      assert.equal(shown(said('hi', { from: 'alice', to, isOwn: true })), row, 'users of these names');
    }
    assert.equal(shown(said('lunch', { matched: ['@all'] })), '12:00 @bob → everybody: lunch');
    assert.equal(shown(said('lunch, @ALL', { matched: ['@all'] })), '12:00 @bob: lunch, @ALL');
    assert.equal(shown(sent('menu.txt')), '12:00 @bob offers menu.txt (18 bytes)');
    assert.equal(
      shown(sent('menu.txt', { to: 'alice' }), 3),
      '12:00 @bob → you offers menu.txt (18 bytes); !fetch 3 saves it',
    );
    const { screen, timeline } = scene();
    timeline.showOwn('hello', noonMs);
    assert.deepEqual(screen.lines, ['12:00 > hello']);
  });

  it('quotes names of files that could be taken for more', () => {
    assert.equal(
      shown(sent('a (1 byte); !fetch 9 saves it')),
      '12:00 @bob offers "a (1 byte); !fetch 9 saves it" (18 bytes)',
    );
    assert.equal(shown(sent('a" (1 byte)')), '12:00 @bob offers "a\\" (1 byte)" (18 bytes)');
    assert.equal(shown(sent('Menü.txt')), '12:00 @bob offers Menü.txt (18 bytes)');
  });

  it('shows no text or name in the form of another line', () => {
    const likely = fc.constantFrom(
      ...[
        '→ you: hi',
        ' → you: hi',
        'offers x (1 byte); !fetch 1 saves it',
        '── Monday ──',
        '> mine',
        '12:00 @eve: hi',
        '→ everybody: x',
      ],
    );
    fc.assert(
      fc.property(fc.oneof(likely, anyString()), (text) => {
        assert.ok(shown(said(text)).startsWith('12:00 @bob: '));
        assert.match(shown(sent(`a ${text}`)), /^12:00 @bob offers "(?:[^"\\]|\\["\\])*" \(18 bytes\)$/su);
        assert.ok(shown(said(text), undefined, false).startsWith('@bob: '));
      }),
    );
  });

  it('shows the time in the form that is set, and without it no text in the form of another line', () => {
    let form: TimeForm = 'long';
    const { screen, timeline } = scene(true, 'Asia/Tokyo', () => form);
    timeline.show(said('apple'));
    timeline.showOwn('mine', noonMs);
    form = 'off';
    timeline.show(said('apple', { to: 'alice' }));
    timeline.showOwn('mine', noonMs);
    assert.deepEqual(screen.lines, [
      '2026-11-28 21:00:00 @bob: apple',
      '2026-11-28 21:00:00 > mine',
      '@bob → you: apple',
      '> mine',
    ]);
    fc.assert(
      fc.property(anyString(), (text) => {
        timeline.show(said(text));
        assert.ok(screen.lines.at(-1)?.startsWith('@bob: '));
      }),
    );
  });

  it('divides days, in the time zone of the reader', () => {
    const { screen, timeline } = scene(true, 'Asia/Tokyo');
    timeline.show(said('yesterday', { timeMs: noonMs - dayMs }));
    timeline.show(said('also yesterday', { timeMs: noonMs - dayMs + 1 }));
    timeline.show(said('today'));
    assert.deepEqual(screen.lines, [
      '── Friday 27 November 2026 ──',
      '21:00 @bob: yesterday',
      '21:00 @bob: also yesterday',
      '── Saturday 28 November 2026 ──',
      '21:00 @bob: today',
    ]);
  });

  it('draws the line of the new day at midnight, once', () => {
    const { clock, screen, timeline } = scene();
    clock.advance(dayMs / 2 - 1);
    assert.deepEqual(screen.lines, []);
    clock.advance(1);
    assert.deepEqual(screen.lines, ['── Sunday 29 November 2026 ──']);
    timeline.show(said('good morning', { timeMs: clock.nowMs() }));
    assert.deepEqual(screen.lines.slice(1), ['00:00 @bob: good morning']);
    timeline.close();
    assert.equal(clock.pendingTimers, 0);
  });

  it('frames a page of the past, and is back in the present after it', () => {
    const { screen, timeline } = scene();
    const entries = [{ entry: said('old', { timeMs: noonMs - dayMs }) }, { entry: sent('a.txt'), offer: 2 }];
    timeline.page({ title: 'the last 2 lines', entries, end: 'end' });
    timeline.show(said('new'));
    assert.deepEqual(screen.lines, [
      '── the last 2 lines ──',
      '── Friday 27 November 2026 ──',
      '12:00 @bob: old',
      '── Saturday 28 November 2026 ──',
      '12:00 @bob offers a.txt (18 bytes); !fetch 2 saves it',
      '── end ──',
      '12:00 @bob: new',
    ]);
  });

  it('names the first day of a page that is not today, whatever was shown before', () => {
    const { screen, timeline } = scene();
    const old = said('old', { timeMs: noonMs - dayMs });
    timeline.show(old);
    timeline.page({ title: 'past', entries: [{ entry: old }], end: 'end' });
    assert.deepEqual(screen.lines.slice(2), [
      '── past ──',
      '── Friday 27 November 2026 ──',
      '12:00 @bob: old',
      '── end ──',
    ]);
  });

  it('keeps back what comes before a page that has to be first, up to a bound', () => {
    const { screen, timeline } = scene();
    timeline.hold();
    timeline.show(said('live'));
    timeline.divide('a line');
    timeline.page({ title: 'past', entries: [], end: 'end' });
    timeline.release();
    assert.deepEqual(screen.lines, ['── past ──', '── end ──', '12:00 @bob: live', '── a line ──']);
    timeline.hold();
    for (let count = 0; count < 1_000; count++) timeline.show(said('flood'));
    assert.equal(screen.lines.length, 1_004);
  });

  it('adds nothing to the lines of a pipe', () => {
    const { clock, screen, timeline } = scene(false);
    timeline.show(said('old', { timeMs: noonMs - dayMs }));
    timeline.divide('a line');
    timeline.showOwn('mine');
    timeline.page({
      title: 'past',
      entries: [{ entry: said('hi', { to: 'alice' }) }, { entry: sent('a'), offer: 2 }],
      end: 'end',
    });
    clock.advance(dayMs);
    assert.deepEqual(screen.lines, [
      '@bob: old',
      '@bob (private): hi',
      '@bob attached a (18 bytes); !fetch 2 saves it',
    ]);
  });
});
