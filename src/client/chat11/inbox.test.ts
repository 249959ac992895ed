import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Inbox, type Placed } from './inbox.ts';

const said = (position: number, from = 'bob'): Placed => ({
  kind: 'message',
  position,
  from,
  timeMs: 0,
  text: `${position}`,
});

const at = (position: number, epoch = 'e') => ({ position, epoch });

/** The inbox of alice, and what it told, each with the cursor that a listener saw. */
function started() {
  const told: string[] = [];
  const answers = { areMissing: false };
  const tell = (what: string) =>
    told.push(`${what} @${inbox.place?.position}${inbox.isCatchingUp ? '…' : ''}`);
  const inbox = new Inbox(
    'alice',
    {
      onEntry: ({ from, position }) => tell(`${from} ${position}`),
      onCaughtUp: ({ matched, of }) => tell(`caught up ${matched}/${of}`),
      onGap: ({ from, to }) => tell(`gap ${from}-${to}`),
      onReset: ({ epoch }) => tell(`reset ${epoch}`),
    },
    () => answers.areMissing,
  );
  const hear = (...events: Placed[]) => {
    for (const event of events) inbox.onEvent(event);
  };
  return { inbox, told, answers, hear };
}

describe('Inbox', () => {
  it('has moved its cursor when it tells of something, and has caught up when it says so', () => {
    const { inbox, told, hear } = started();
    inbox.restore(at(3));
    inbox.resume(at(9));
    hear({ kind: 'gap', from: 4, to: 5 }, said(6), { kind: 'caught-up', matched: 1, of: 6 }, said(10));
    assert.deepEqual(told, ['gap 4-5 @5…', 'bob 6 @6…', 'caught up 1/6 @9', 'bob 10 @10']);
  });

  it('takes only a gap that follows its cursor for one of catching up', () => {
    const { inbox, hear } = started();
    inbox.restore(at(3));
    inbox.resume(at(9));
    assert.deepEqual([inbox.isMissing(4), inbox.isMissing(5)], [true, false]);
    hear(said(4));
    assert.equal(inbox.isMissing(4), false, 'the cursor has moved');
    hear({ kind: 'caught-up', matched: 1, of: 6 });
    assert.equal(inbox.isMissing(10), false);
  });

  it('tells what is missing after a login without catching up, and of nothing that is not', () => {
    const { inbox, told } = started();
    for (const head of [at(4), at(4), at(6), at(2, 'f')]) inbox.begin(head);
    assert.deepEqual(told, ['gap 5-6 @6', 'reset f @2']);
  });

  it('begins at the end of the log that is another one', () => {
    const { inbox, told, hear } = started();
    inbox.begin(at(3));
    inbox.onStored(5);
    inbox.resume(at(2, 'f'));
    hear({ kind: 'reset', epoch: 'f' }, said(3), said(4), said(5, 'alice'));
    assert.deepEqual(told, ['reset f @2', 'bob 3 @3', 'bob 4 @4', 'alice 5 @5'], "5 is another device's");
  });

  for (const back of ['begin', 'resume'] as const) {
    it(`drops at the end of a connection what it held back, which comes again after "${back}"`, () => {
      const { inbox, told, answers, hear } = started();
      inbox.begin(at(0));
      answers.areMissing = true;
      hear(said(1, 'alice'), said(2));
      inbox.stop();
      answers.areMissing = false;
      inbox.onAnswered();
      assert.equal(told.length, 0);
      inbox[back](at(0));
      hear(said(1, 'alice'), said(2));
      assert.deepEqual(
        told.map((what) => what.replace('…', '')),
        ['alice 1 @1', 'bob 2 @2'],
      );
    });
  }

  it('does not go on catching up, nor know what it sent, when it logs in anew', () => {
    const { inbox, told, hear } = started();
    inbox.restore(at(3));
    inbox.resume(at(9));
    inbox.onStored(7);
    inbox.stop();
    assert.equal(inbox.isCatchingUp, false);
    inbox.resume(at(9));
    inbox.begin(at(5));
    hear(said(7, 'alice'));
    assert.deepEqual(told, ['gap 4-5 @5', 'alice 7 @7'], 'the guest registered again: 7 is of somebody else');
  });

  it('moves its cursor over what it sent, as soon as nothing is before that', () => {
    const { inbox, told, hear } = started();
    inbox.begin(at(0));
    for (const position of [1, 3, 4]) inbox.onStored(position);
    assert.equal(inbox.place?.position, 1);
    hear(said(2));
    assert.equal(inbox.place?.position, 4);
    hear(said(3, 'alice'), said(6));
    inbox.onStored(5);
    hear(said(5, 'alice'));
    assert.deepEqual(told, ['bob 2 @4', 'bob 6 @6']);
  });

  it('holds back 4,096 events, and delivers them all the same when there are more', () => {
    const { inbox, told, answers, hear } = started();
    inbox.begin(at(0));
    answers.areMissing = true;
    hear(said(1, 'alice'));
    for (let position = 2; position <= 4_096; position++) hear(said(position));
    assert.equal(told.length, 0);
    hear(said(4_097));
    assert.equal(told.length, 4_097);
  });
});
