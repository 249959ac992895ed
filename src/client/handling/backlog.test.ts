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

/** A backlog of four entries at most, into which `through` entries came. */
function filled(through: number): Backlog {
  const backlog = new Backlog(() => false, 4);
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
  }

  it('counts everything as handled before it is opened', () => {
    const backlog = new Backlog(() => false, 4);
    backlog.moved({ position: 0, epoch: 'e' });
    for (let position = 1; position <= 9; position++) backlog.push(said(position));
    assert.deepEqual([backlog.first, backlog.place], [undefined, { position: 9, epoch: 'e' }]);
  });
});
