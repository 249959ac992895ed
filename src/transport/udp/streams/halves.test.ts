import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { pattern } from '../../../../tests/support/observed-connection.ts';
import { randomFrom } from '../../../../tests/support/random.ts';
import { MalformedError } from '../packets/byte-cursor.ts';
import { Credit, SharedCredit } from './credit.ts';
import { ReceiveHalf } from './receive-half.ts';
import { SendHalf } from './send-half.ts';

const nobodysCredit = () => new SharedCredit(0);

interface Chunk {
  readonly offset: number;
  readonly bytes: Uint8Array;
  readonly isFinal: boolean;
}

/** The next chunk of `half`, as a packet would carry it. */
function chunkOf(half: SendHalf, room: number): Chunk {
  const offset = half.nextOffset();
  const length = half.nextLength(room);
  const bytes = new Uint8Array(length);
  const isFinal = half.isFinal(offset, length);
  half.send(offset, length, bytes, 0);
  return { offset, bytes, isFinal };
}

describe('the halves of a stream', () => {
  it('carry every byte once and in order, whatever is lost, late or repeated on the way', () => {
    const piece = fc.integer({ min: 1, max: 5000 });
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), fc.nat(), (lengths, seed) => {
        const random = randomFrom(seed);
        const roll = (): number => Math.floor(random() * 100);
        const pieces = [...lengths];
        const total = pieces.reduce((sum, length) => sum + length, 0);
        const content = pattern(total);
        const send = new SendHalf(4000, 2000);
        const receive = new ReceiveHalf(new Credit(4000, 4000, nobodysCredit()));
        const read: number[] = [];
        const take = (chunk: Uint8Array): void => void read.push(...chunk);
        const way: Chunk[] = [];
        const meet = (chunk: Chunk, fate: number): void => {
          const { offset, bytes, isFinal } = chunk;
          if (fate >= 25) receive.receive(offset, bytes, isFinal, take);
          if (fate >= 25 && fate < 35) way.push(chunk);
          else if (fate < 45) send.onLost(offset, bytes.length, isFinal);
          else send.onAcked(offset, bytes.length, isFinal);
        };
        let written = 0;
        for (let step = 0; step < 5000 && !(send.isDone && receive.isDone); step++) {
          const [next] = pieces;
          if (next !== undefined && send.waitingBytes === 0) {
            send.write(content.subarray(written, written + next));
            written += next;
            pieces.shift();
            if (pieces.length === 0) send.end();
          } else if (next === undefined) send.end();
          if (send.canSend()) way.push(chunkOf(send, 1 + roll() * 15));
          const [chunk] = way.splice(roll() % Math.max(1, way.length), 1);
          if (chunk !== undefined) meet(chunk, roll());
          if (roll() < 20) receive.isPaused = !receive.isPaused;
          if (!receive.isPaused) receive.handOn(take);
          if (receive.credit.isDue) send.credit = receive.credit.renew(step, 1);
        }
        assert.deepEqual(Buffer.from(read), Buffer.from(content));
        assert.ok(send.isDone && receive.isDone);
        assert.equal(send.heldBytes + receive.heldBytes, 0, 'an idle stream holds nothing');
      }),
      { numRuns: 200 },
    );
  });

  it('take from the writer only a little more than was sent, and copy that', () => {
    const send = new SendHalf(1e6, 1000);
    const bytes = new Uint8Array(5000).fill(1);
    send.write(bytes);
    assert.deepEqual([send.takenBytes, send.waitingBytes], [1000, 4000]);
    const [first, second] = [chunkOf(send, 600), chunkOf(send, 600)];
    assert.deepEqual([send.takenBytes, first.bytes.length, second.bytes.length], [2200, 600, 600]);
    bytes.fill(2, 0, 2200);
    send.onLost(0, 600, false);
    assert.deepEqual(chunkOf(send, 600).bytes, new Uint8Array(600).fill(1), 'what was taken is theirs');
  });

  it('send no byte beyond the credit', () => {
    const send = new SendHalf(100, 1000);
    send.write(new Uint8Array(500));
    assert.equal(chunkOf(send, 600).bytes.length, 100);
    assert.equal(send.canSend(), false);
    send.credit = 150;
    assert.equal(chunkOf(send, 600).bytes.length, 50);
  });

  it('end an association whose peer exceeds its credit, or ends a stream in two places', () => {
    const receive = () => new ReceiveHalf(new Credit(100, 100, nobodysCredit()));
    const take = (): void => {};
    assert.throws(() => receive().receive(50, new Uint8Array(51), false, take), MalformedError);
    const ended = receive();
    ended.receive(0, new Uint8Array(10), true, take);
    assert.throws(() => ended.receive(5, new Uint8Array(6), false, take), MalformedError);
    assert.throws(() => ended.receive(0, new Uint8Array(9), true, take), MalformedError);
    assert.throws(() => ended.reset(11), MalformedError);
    ended.receive(0, new Uint8Array(10), true, take);
  });

  it('hand on nothing while paused', () => {
    const half = new ReceiveHalf(new Credit(100, 100, nobodysCredit()));
    let read = 0;
    const take = (chunk: Uint8Array): void => {
      read += chunk.length;
    };
    half.isPaused = true;
    half.receive(0, new Uint8Array(10), false, take);
    assert.deepEqual([read, half.hasUnread], [0, true]);
    half.isPaused = false;
    half.handOn(take);
    assert.deepEqual([read, half.hasUnread], [10, false]);
  });
});

describe('Credit', () => {
  it('grows while the peer is faster than it, from what all share, and gives it back', () => {
    const shared = new SharedCredit(300);
    const credit = new Credit(100, 1000, shared);
    credit.consumed = 20;
    assert.equal(credit.isDue, false);
    credit.consumed = 30;
    assert.ok(credit.isDue);
    assert.equal(credit.renew(1000, 40), 130, 'nothing is known of its pace yet');
    credit.consumed = 60;
    assert.equal(credit.renew(1100, 40), 160, 'at its own pace');
    credit.consumed = 120;
    assert.equal(credit.renew(1130, 40), 320, 'within a round trip');
    credit.consumed = 250;
    assert.equal(credit.renew(1150, 40), 650);
    credit.consumed = 500;
    assert.equal(credit.renew(1180, 40), 900, 'nothing is left to share');
    assert.equal(shared.left, 0);
    credit.close();
    assert.equal(shared.left, 300);
  });

  it('grows when missing packets, not a slow reader, hold the peer up', () => {
    const credit = new Credit(100, 1000, new SharedCredit(1000));
    credit.onWaiting(40);
    assert.equal(credit.isDue, false);
    credit.onWaiting(60);
    assert.equal(credit.isDue, true);
    assert.equal(credit.renew(0, 40), 200);
  });
});
