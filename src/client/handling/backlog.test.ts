import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ChatMessage } from '../entries.ts';
import { Backlog } from './backlog.ts';

const said = (position: number, text = `${position}`): ChatMessage => ({
  kind: 'message',
  position,
  from: 'bob',
  to: undefined,
  timeMs: 0,
  matched: [],
  isReplay: true,
  isOwn: false,
  text,
});

const own = (position: number): ChatMessage => ({ ...said(position), from: 'alice', isOwn: true });

/** A backlog of four entries at most, into which `through` entries came. */
function filled(through: number, isUnsure = () => false): Backlog {
  const backlog = new Backlog(isUnsure, 4);
  backlog.open();
  backlog.moved({ position: 0, epoch: 'e' });
  for (let position = 1; position <= through; position++) {
    backlog.push(said(position));
    backlog.moved({ position, epoch: 'e' });
  }
  return backlog;
}

describe('Backlog', () => {
  it('has a bound in entries and in characters', () => {
    const backlog = new Backlog(() => false);
    backlog.open();
    backlog.moved({ position: 0, epoch: 'e' });
    for (let position = 1; position <= 100; position++) backlog.push(said(position, 'x'.repeat(65_535)));
    let count = 0;
    for (; backlog.first !== undefined; backlog.shift()) count += 1;
    assert.equal(count, 17, 'the first that reaches 1 MiB is the last');
    assert.deepEqual(backlog.wanted, { after: 17, limit: 128, through: 100, resets: 1 });
    assert.deepEqual(filled(6).wanted, undefined, 'no room yet');
  });

  it('reports what is pruned among what it reads again, and what a forgotten guest cannot read', () => {
    const backlog = filled(9);
    for (let i = 0; i < 4; i++) backlog.shift();
    const { wanted } = backlog;
    assert.ok(wanted !== undefined);
    const gaps = backlog.fill(wanted, { entries: [said(8)], gaps: [{ from: 1, to: 7 }] });
    assert.deepEqual(gaps, [{ from: 5, to: 7 }]);
    assert.deepEqual(
      [backlog.first?.position, backlog.first?.isReplay, backlog.place?.position],
      [8, false, 7],
    );
    assert.deepEqual(backlog.forget(), { from: 9, to: 9 });
    assert.deepEqual([backlog.forget(), backlog.wanted], [undefined, undefined]);
  });

  it('takes no own message from the log while that may be one that this client sent', () => {
    let isUnsure = true;
    const backlog = filled(9, () => isUnsure);
    for (let i = 0; i < 4; i++) backlog.shift();
    const page = { entries: [own(7), said(8), said(9)], gaps: [{ from: 1, to: 6 }] };
    const first = backlog.wanted;
    assert.ok(first !== undefined);
    assert.deepEqual(backlog.fill(first, page), [{ from: 5, to: 6 }]);
    assert.deepEqual([backlog.first, backlog.place?.position], [undefined, 6]);
    backlog.onStored(7);
    isUnsure = false;
    const second = backlog.wanted;
    assert.ok(second !== undefined);
    assert.deepEqual(backlog.fill(second, page), [], 'the gap was told before');
    assert.deepEqual([backlog.first?.position, backlog.place?.position], [8, 7]);
  });

  it('takes an entry once that the log had before it came', () => {
    const backlog = filled(5);
    for (let i = 0; i < 4; i++) backlog.shift();
    const { wanted } = backlog;
    assert.ok(wanted !== undefined);
    backlog.fill(wanted, { entries: [said(5), said(6)], gaps: [] });
    backlog.push(said(6));
    backlog.moved({ position: 6, epoch: 'e' });
    const positions: (number | undefined)[] = [];
    for (; backlog.first !== undefined; backlog.shift()) positions.push(backlog.first.position);
    assert.deepEqual(positions, [5, 6]);
  });

  it('keeps its bound in characters when it reads again, and waits for room', () => {
    const backlog = new Backlog(() => false);
    backlog.open();
    backlog.moved({ position: 0, epoch: 'e' });
    const page = Array.from({ length: 128 }, (_, i) => said(i + 1, 'x'.repeat(65_535)));
    for (const entry of page) backlog.push(entry);
    for (let i = 0; i < 8; i++) backlog.shift();
    assert.equal(backlog.wanted, undefined, 'nine wait: more than half of 1 MiB');
    backlog.shift();
    const { wanted } = backlog;
    assert.ok(wanted !== undefined);
    backlog.fill(wanted, { entries: page, gaps: [] });
    let count = 0;
    for (; backlog.first !== undefined; backlog.shift()) count += 1;
    assert.equal(count, 17);
  });

  it('knows that nothing is missing when the log has no more', () => {
    const backlog = filled(9);
    for (let i = 0; i < 4; i++) backlog.shift();
    const { wanted } = backlog;
    assert.ok(wanted !== undefined);
    backlog.fill(wanted, { entries: [], gaps: [] });
    assert.deepEqual([backlog.wanted, backlog.place?.position], [undefined, 9]);
  });

  it('keeps a place of the old log until its entries are handled, and reads nothing of it again', () => {
    const backlog = filled(6);
    backlog.moved({ position: 2, epoch: 'f' });
    backlog.push(said(3));
    const places: string[] = [];
    for (; backlog.first !== undefined; backlog.shift()) {
      places.push(`${backlog.place?.epoch}${backlog.place?.position}`);
    }
    assert.deepEqual(places, ['e0', 'e1', 'e2', 'e3']);
    assert.deepEqual(backlog.wanted, { after: 2, limit: 2, through: 3, resets: 2 });
  });

  for (const epoch of ['e', 'f']) {
    it(`begins anew at a reset to epoch ${epoch}, and ignores answers about the log before`, () => {
      const backlog = filled(9);
      for (let i = 0; i < 4; i++) backlog.shift();
      const { wanted } = backlog;
      assert.ok(wanted !== undefined);
      backlog.reset({ position: 2, epoch });
      assert.deepEqual(backlog.fill(wanted, { entries: [], gaps: [{ from: 1, to: 8 }] }), []);
      assert.deepEqual(backlog.place, { position: 2, epoch });
      backlog.push(said(3));
      assert.equal(backlog.first?.position, 3);
    });

    it(`takes what another device says for no own message after a reset to epoch ${epoch}`, () => {
      const backlog = filled(9);
      backlog.onStored(12);
      for (let i = 0; i < 4; i++) backlog.shift();
      backlog.reset({ position: 2, epoch });
      for (let position = 3; position <= 12; position++) backlog.push(said(position));
      for (let i = 0; i < 4; i++) backlog.shift();
      const { wanted } = backlog;
      assert.ok(wanted !== undefined);
      backlog.fill(wanted, { entries: [own(12)], gaps: [] });
      assert.equal(backlog.first?.position, 12);
    });
  }

  it('counts everything as handled before it is opened', () => {
    const backlog = new Backlog(() => false, 4);
    backlog.moved({ position: 0, epoch: 'e' });
    for (let position = 1; position <= 9; position++) backlog.push(said(position));
    assert.deepEqual([backlog.first, backlog.place], [undefined, { position: 9, epoch: 'e' }]);
  });
});
