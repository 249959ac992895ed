import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { FakeClock } from '../../../tests/support/fake-clock.ts';
import { arrivalsMs, Drawing } from './drawing.ts';

const frameMs = 16;

/** A page whose frames come every 16 ms, at times that divide by 16. */
class Page {
  readonly clock = new FakeClock();
  readonly startMs = this.clock.monotonicMs();
  readonly drawnMs: number[] = [];
  isVisible = true;
  readonly drawing = new Drawing({
    draw: () => this.drawnMs.push(this.nowMs),
    clock: this.clock,
    isVisible: () => this.isVisible,
    onFrame: (action) => {
      const timer = this.clock.after(frameMs - (this.nowMs % frameMs), () => {
        if (this.isVisible) action();
      });
      return () => timer.cancel();
    },
  });

  get nowMs(): number {
    return this.clock.monotonicMs() - this.startMs;
  }

  advance(ms: number): void {
    this.clock.advance(ms);
  }
}

describe('when a page draws', () => {
  test('what comes first is drawn with the next frame', () => {
    const page = new Page();
    page.drawing.changed(true);
    page.advance(frameMs);
    assert.deepEqual(page.drawnMs, [16]);
  });

  test('what comes from others after it waits for its turn, and is drawn together', () => {
    const page = new Page();
    for (let i = 0; i < 64; i++) {
      page.drawing.changed(true);
      page.advance(5);
    }
    assert.deepEqual(page.drawnMs, [16, 128, 240]);
  });

  test('what somebody does here is drawn with the next frame, with what waits', () => {
    const page = new Page();
    page.drawing.changed(true);
    page.advance(20);
    page.drawing.changed(true);
    page.drawing.changed(false);
    page.drawing.changed(true);
    page.advance(500);
    assert.deepEqual(page.drawnMs, [16, 32]);
  });

  test('the frame of a key is not for what others say', () => {
    const page = new Page();
    page.advance(10);
    page.drawing.changed(true);
    page.drawing.key();
    page.advance(20);
    assert.deepEqual(page.drawnMs, []);
    page.advance(20);
    assert.deepEqual(page.drawnMs, [32]);
  });

  test('while somebody types, what others say is drawn behind a key, when the next one is not yet due', () => {
    const page = new Page();
    page.drawing.changed(true);
    page.advance(20);
    page.drawing.changed(true);
    page.advance(60);
    page.drawing.key();
    page.advance(50);
    assert.deepEqual(page.drawnMs, [16]);
    page.drawing.key();
    page.advance(40);
    assert.deepEqual(page.drawnMs, [16, 160]);
  });

  test('it does not wait for a key for long', () => {
    const page = new Page();
    page.drawing.changed(true);
    page.advance(20);
    page.drawing.changed(true);
    page.advance(60);
    page.drawing.key();
    page.advance(120);
    assert.deepEqual(page.drawnMs, [16, 192]);
  });

  test('a key just before its turn has the next frame to itself, and the draw comes behind it', () => {
    const page = new Page();
    page.drawing.changed(true);
    page.advance(20);
    page.drawing.changed(true);
    page.advance(90);
    page.drawing.key();
    page.advance(100);
    assert.deepEqual(page.drawnMs, [16, 144]);
  });

  test('it does not wait for a key of somebody who no longer types', () => {
    const page = new Page();
    page.drawing.key();
    page.advance(210);
    page.drawing.changed(true);
    page.advance(100);
    assert.deepEqual(page.drawnMs, [256]);
  });

  test('somebody who holds a key down sees what others say all the same', () => {
    const page = new Page();
    for (let i = 0; i < 100; i++) {
      page.drawing.key();
      page.drawing.changed(true);
      page.advance(10);
    }
    assert.equal(page.drawnMs.length, 6);
  });

  test('a page that is hidden draws by a timer, also what waited for a frame', () => {
    const page = new Page();
    page.drawing.changed(true);
    page.isVisible = false;
    page.drawing.changed(true);
    page.advance(300);
    assert.deepEqual(page.drawnMs, [250]);
    page.isVisible = true;
    page.drawing.changed(true);
    page.advance(100);
    assert.deepEqual(page.drawnMs, [250, 352]);
  });

  test('a hidden page draws under a flood, too', () => {
    const page = new Page();
    page.isVisible = false;
    for (let i = 0; i < 100; i++) {
      page.drawing.changed(true);
      page.advance(10);
    }
    assert.deepEqual(page.drawnMs, [250, 500, 750, 1000]);
  });

  test('what waits when a page is hidden, or shown again, is drawn though nothing more comes', () => {
    const page = new Page();
    page.drawing.changed(true);
    page.advance(20);
    page.drawing.changed(true);
    page.isVisible = false;
    page.drawing.onVisibility();
    page.advance(300);
    assert.deepEqual(page.drawnMs, [16, 270]);
    page.drawing.changed(true);
    page.isVisible = true;
    page.drawing.onVisibility();
    page.advance(frameMs);
    assert.deepEqual(page.drawnMs, [16, 270, 336]);
    page.drawing.onVisibility();
    page.advance(1_000);
    assert.equal(page.drawnMs.length, 3, 'nothing has changed since');
  });

  test('nothing is drawn after the end', () => {
    for (const isVisible of [true, false])
      for (const mayWait of [true, false]) {
        const page = new Page();
        page.isVisible = isVisible;
        page.drawing.changed(mayWait);
        page.drawing.stop();
        page.drawing.key();
        page.drawing.onVisibility();
        page.advance(1_000);
        assert.deepEqual(page.drawnMs, []);
      }
  });

  test('whatever happens, each change is drawn soon, and what others say not too often', () => {
    const step = fc.record({
      what: fc.constantFrom('own', 'others', 'key', 'nothing'),
      waitMs: fc.integer({ min: 0, max: 150 }),
    });
    fc.assert(
      fc.property(fc.array(step), (steps) => {
        const page = new Page();
        let [lastOwnMs, lastOthersMs, others] = [Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY, 0];
        const drawnSince = (ms: number): boolean => (page.drawnMs.at(-1) ?? -1) >= ms;
        for (const { what, waitMs } of steps) {
          if (what === 'key') page.drawing.key();
          else if (what !== 'nothing') page.drawing.changed(what === 'others');
          if (what === 'own') lastOwnMs = page.nowMs;
          if (what === 'others') {
            others++;
            lastOthersMs = page.nowMs;
          }
          page.advance(waitMs);
          if (page.nowMs - lastOwnMs >= frameMs) assert.ok(drawnSince(lastOwnMs));
          if (page.nowMs - lastOthersMs >= 250) assert.ok(drawnSince(lastOthersMs));
        }
        const own = steps.filter(({ what }) => what === 'own').length;
        const most = own + Math.min(others, page.nowMs / arrivalsMs + 1);
        assert.ok(page.drawnMs.length <= most, `${page.drawnMs.length} draws`);
      }),
    );
  });
});
