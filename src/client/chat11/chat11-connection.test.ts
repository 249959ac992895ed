import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { FakeClock } from '../../../tests/support/fake-clock.ts';
import { HeldConnection } from '../../../tests/support/held-connection.ts';
import { formatEvent } from '../../protocol/chat11/event.ts';
import { joinBytes } from '../../protocol/chat11/parcel.ts';
import { failure, formatFailure, formatResponse } from '../../protocol/chat11/response.ts';
import { encodeUtf8 } from '../../protocol/text.ts';
import { Chat11Connection } from './chat11-connection.ts';

const turn = () => new Promise((resolve) => setImmediate(resolve));

/** A connection whose server is the test. Records every call of its handlers, in order. */
function started() {
  const wire = new HeldConnection();
  const clock = new FakeClock();
  const connection = new Chat11Connection(wire, clock);
  const heard: string[] = [];
  const life = connection.run({
    onEvent(event) {
      heard.push(event.kind === 'message' ? `message ${event.text}` : event.kind);
      return undefined;
    },
    onDataFailure: ({ code, upload }) => heard.push(`data of ${upload} ${code}`),
  });
  const ask = (kind: 'list' | 'follows') =>
    connection.ask<'list' | 'follows'>({ kind }, (answer) => {
      heard.push(answer?.kind === 'failure' ? `${kind} ${answer.code}` : `${kind} ${answer?.kind}`);
    });
  return { wire, clock, connection, heard, life, ask };
}

const pong = formatResponse({ kind: 'ping' });

describe('Chat11Connection', () => {
  it('breaks off when more events are replayed than a response has', async () => {
    const { wire, connection, life } = started();
    const answer = connection.request({ kind: 'history' }, () => {});
    const event = { kind: 'message', from: 'bob', timeMs: 0, replay: true, text: 'x' } as const;
    wire.receive(pong);
    for (let position = 1; position <= 300; position++) wire.receive(formatEvent({ ...event, position }));
    assert.equal(await answer, undefined);
    assert.deepEqual(await life, { kind: 'broken', problem: 'its response is too long' });
  });

  it('takes responses that have as many events as a response may have, one after the other', async () => {
    const { wire, connection, heard } = started();
    const text = 'x'.repeat(12_000);
    const event = { kind: 'message', from: 'bob', timeMs: 0, replay: true, text } as const;
    wire.receive(pong);
    for (let round = 1; round <= 2; round++) {
      const answer = connection.request({ kind: 'history' });
      for (let position = 1; position <= 200; position++) wire.receive(formatEvent({ ...event, position }));
      wire.receive(formatResponse({ kind: 'history' }));
      assert.equal((await answer)?.kind, 'history');
    }
    assert.equal(heard.length, 400);
    connection.leave();
  });

  it('breaks off when a response has more text than any', async () => {
    const { wire, connection, life } = started();
    const answer = connection.request({ kind: 'history' });
    const text = 'x'.repeat(60_000);
    const event = { kind: 'message', from: 'bob', timeMs: 0, replay: true, text } as const;
    wire.receive(pong);
    for (let position = 1; position <= 70; position++) wire.receive(formatEvent({ ...event, position }));
    assert.equal(await answer, undefined);
    assert.deepEqual(await life, { kind: 'broken', problem: 'its response is too long' });
  });

  it('gives up a peer that does not answer its first PING in five seconds', async () => {
    const { clock, connection, life } = started();
    clock.advance(4_999);
    assert.equal(clock.pendingTimers > 0, true);
    clock.advance(1);
    assert.deepEqual(await life, { kind: 'foreign' });
    assert.equal(await connection.greeted, false);
  });

  it('knows a refusal of whatever it asks when it knows that the server speaks CHAT/1.1', async () => {
    const { wire, connection } = started();
    wire.receive(formatFailure({ ...failure(403), reason: 'banned' }));
    assert.equal(await connection.greeted, true);
    assert.equal(connection.refusal?.reason, 'banned');
    connection.leave();
  });

  it('stays while a peer takes bytes, or while a handler is busy', async () => {
    const wire = new HeldConnection();
    const clock = new FakeClock();
    const connection = new Chat11Connection(wire, clock);
    const done = Promise.withResolvers<void>();
    const life = connection.run({ onEvent: () => done.promise, onDataFailure: () => {} });
    wire.receive(pong);
    await connection.greeted;
    let isOver = false;
    void life.then(() => {
      isOver = true;
    });
    connection.ask({ kind: 'list' }, () => {});
    for (let i = 0; i < 3; i++) {
      clock.advance(25_000);
      wire.drain();
    }
    wire.receive(formatEvent({ kind: 'notice', text: 'busy' }));
    await turn();
    clock.advance(60_000);
    done.resolve();
    await turn();
    assert.equal(isOver, false);
    clock.advance(30_000);
    assert.deepEqual(await life, { kind: 'silent' });
  });

  it('says nothing to a peer after DISCONNECT', async () => {
    const { wire, connection, life } = started();
    wire.receive(joinBytes([pong, formatEvent({ kind: 'disconnect', reason: 'over', retry: true })]));
    await connection.greeted;
    const { length } = wire.written;
    connection.leave();
    await life;
    assert.equal(wire.written.slice(length), '');
  });

  it('throws for a request that it cannot format, and still pairs later responses', async () => {
    const { wire, connection, heard, ask } = started();
    const unwritable = { kind: 'attach', name: ' x', bytes: 1, terms: [] } as const;
    await assert.rejects(connection.request(unwritable), /cannot hold/);
    ask('list');
    wire.receive(joinBytes([pong, formatResponse({ kind: 'list', names: [] })]));
    await turn();
    assert.deepEqual(heard, ['list list']);
    connection.leave();
  });

  it('pairs responses with requests, events between them, however the bytes are split', async () => {
    const script = joinBytes([
      pong,
      formatEvent({ kind: 'message', position: 1, from: 'bob', timeMs: 0, text: 'one' }),
      formatResponse({ kind: 'list', names: ['alice'] }),
      formatFailure({ ...failure(404), request: 'DATA', upload: 'u1' }),
      encodeUtf8('UNHEARD OF CHAT/1.1\nContent-Length: 3\n\nPIN'),
      formatEvent({ kind: 'notice', text: 'two' }),
      formatFailure(failure(403)),
      formatEvent({ kind: 'disconnect', reason: 'over', retry: true }),
      encodeUtf8('whatever'),
    ]);
    const hearIn = async (cuts: readonly number[]) => {
      const { wire, heard, life, ask } = started();
      ask('list');
      ask('follows');
      let from = 0;
      for (const to of [...cuts, script.length]) {
        wire.receive(script.slice(from, to));
        from = to;
        await turn();
      }
      return { heard, ending: await life };
    };
    const whole = await hearIn([]);
    assert.deepEqual(whole, {
      heard: ['message one', 'list list', 'data of u1 404', 'notice', 'follows 403'],
      ending: { kind: 'dismissed', reason: 'over', retry: true },
    });
    const cuts = fc.uniqueArray(fc.integer({ min: 1, max: script.length - 1 }), { maxLength: 20 });
    await fc.assert(
      fc.asyncProperty(cuts, async (at) => {
        assert.deepEqual(await hearIn(at.toSorted((a, b) => a - b)), whole);
      }),
      { numRuns: 50 },
    );
  });

  it('answers all pending requests with undefined when the connection ends', async () => {
    const { wire, heard, life, connection, ask } = started();
    wire.receive(pong);
    connection.ask({ kind: 'list' }, (answer) => {
      heard.push(`list ${answer?.kind}`);
      ask('follows');
    });
    await turn();
    wire.unsentBytes = 1;
    const piece = connection.sendPiece({ kind: 'data', upload: 'u', offset: 0, piece: encodeUtf8('x') });
    wire.destroy();
    assert.deepEqual(await life, { kind: 'lost', cause: undefined });
    ask('follows');
    assert.deepEqual(heard, ['list undefined', 'follows undefined', 'follows undefined']);
    assert.equal(await piece, false);
    assert.equal(
      await connection.sendPiece({ kind: 'data', upload: 'u', offset: 0, piece: encodeUtf8('x') }),
      false,
    );
  });

  it('sends a piece of a file once the connection has drained', async () => {
    const { wire, connection } = started();
    wire.receive(pong);
    wire.unsentBytes = 1;
    let isSent = false;
    const sending = connection
      .sendPiece({ kind: 'data', upload: 'u', offset: 0, piece: encodeUtf8('x') })
      .then(() => {
        isSent = true;
      });
    await turn();
    assert.equal(isSent, false);
    wire.drain();
    await sending;
    assert.match(wire.written, /DATA u CHAT\/1.1/);
    connection.leave();
    wire.destroy();
  });

  it('ends in one of the known ways, whatever a server sends', async () => {
    const lines = fc.constantFrom(
      '200 Pong\n\n',
      '\n',
      'MESSAGE CHAT/1.1\n',
      'Position: 1\n',
      'Content-Length: 2\n',
      '429 x\n',
    );
    const noise = fc.oneof(lines.map(encodeUtf8), fc.uint8Array({ maxLength: 40 }));
    await fc.assert(
      fc.asyncProperty(fc.array(noise), async (pieces) => {
        const { wire, life, clock } = started();
        for (const piece of pieces) wire.receive(piece);
        await turn();
        clock.advance(200_000);
        wire.destroy();
        assert.match((await life).kind, /^(?:foreign|broken|lost|silent)$/);
      }),
      { numRuns: 200 },
    );
  });
});
