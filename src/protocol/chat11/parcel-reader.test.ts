import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import {
  byServer,
  byteByByte,
  cut,
  cuts,
  type Reading,
  readOne,
  readPieces,
} from '../../../tests/support/chat11-reading.ts';
import { anyRequest } from '../../../tests/support/chat11-values.ts';
import { ByteQueue } from '../byte-queue.ts';
import { defaultLimits, wireLimits } from '../limits.ts';
import { encodeUtf8 } from '../text.ts';
import { joinBytes, Malformed, type Parcel, parseVerbLine } from './parcel.ts';
import { limitsAfterLogin, limitsBeforeLogin, ParcelReader } from './parcel-reader.ts';
import { formatRequest, parseRequest, requestSide } from './request.ts';

/** Limits small enough that every one is reached. `BODY` may have 50 bytes, `NONE` none; other verbs are unknown. */
const small: Reading = {
  side: {
    parseStart: parseVerbLine,
    maxBodyBytes: (start) =>
      start.kind === 'verb' ? ({ BODY: 50, NONE: 0 } as Record<string, number>)[start.verb] : undefined,
  },
  limits: { lineBytes: 40, blockBytes: 60, headers: 3, bytesInAll: 600, linesInAll: 30 },
  maxWaiting: 60,
};

const beforeLogin: Reading = { side: requestSide, limits: limitsBeforeLogin(defaultLimits) };

/** A short form of what is read from `wire`: verbs, codes, and `!` after a code that ends the connection. */
function outline(wire: string | Uint8Array, reading: Reading): string {
  const bytes = typeof wire === 'string' ? encodeUtf8(wire) : wire;
  return readPieces([bytes], reading).map(short).join(' ');
}

function short(one: Parcel | Malformed): string {
  if (one instanceof Malformed) return `${one.code}${one.isFatal ? '!' : ''}`;
  return one.start.kind === 'verb' ? one.start.verb : String(one.start.code);
}

const ping = 'PING CHAT/1.1\n\n';

describe('ParcelReader', () => {
  it('returns start line, headers and body', () => {
    const { start, headers, body } = readOne(
      encodeUtf8('SENDTO bob CHAT/1.1\r\nID:  a b \t\r\nEmpty:\nContent-Length: 3\r\n\r\n\n\r\n'),
      byServer,
    );
    assert.deepEqual(start, { kind: 'verb', verb: 'SENDTO', argument: 'bob' });
    assert.deepEqual(
      [...headers],
      [
        ['id', 'a b'],
        ['empty', ''],
        ['content-length', '3'],
      ],
    );
    assert.deepEqual(body, encodeUtf8('\n\r\n'));
  });

  it('skips empty lines between parcels', () => {
    assert.equal(outline(`\n\r\n${ping}\n\n${ping}`, byServer), 'PING PING');
    assert.equal(outline('\n'.repeat(20_000) + ping, byServer), 'PING');
  });

  it('skips any number of them in a few steps, and loses nothing behind them', () => {
    class CountedQueue extends ByteQueue {
      calls = 0;

      override takeLine(): Uint8Array | undefined {
        this.calls++;
        return super.takeLine();
      }
    }
    for (const lineEnd of ['\n', '\r\n']) {
      const source = new CountedQueue();
      const reader = new ParcelReader(source, requestSide, limitsAfterLogin);
      source.push(encodeUtf8(`${lineEnd.repeat(30_000)}${ping}\r`));
      assert.equal(short(reader.take() ?? assert.fail()), 'PING');
      assert.equal(reader.take(), undefined);
      source.push(encodeUtf8(`\n${lineEnd.repeat(30_000)}${ping}`));
      assert.equal(short(reader.take() ?? assert.fail()), 'PING');
      assert.ok(source.calls < 10, `${source.calls}`);
    }
  });

  it('continues from a start line that was taken before', () => {
    const queue = new ByteQueue();
    queue.push(encodeUtf8('\nPING CHAT/1.1\n\n'));
    const reader = new ParcelReader(queue, requestSide, limitsAfterLogin, encodeUtf8('LIST CHAT/1.1'));
    const received = [reader.take(), reader.take(), reader.take()];
    assert.deepEqual(
      received.map((one) => one && short(one)),
      ['LIST', 'PING', undefined],
    );
  });

  for (const [what, wire] of [
    ['an unknown verb and its body', 'WHAT CHAT/1.1\nContent-Length: 5\n\nLIST\n'],
    ['a header that occurs twice', 'LIST CHAT/1.1\nA: 1\na: 1\n\n'],
    ['a control character in a header', 'LIST CHAT/1.1\nA: \x1b[2J\n\n'],
    ['a bare CR in a header', 'LIST CHAT/1.1\nA: x\ry\n\n'],
    ['a C1 character in a header', 'LIST CHAT/1.1\nA: \u009b\n\n'],
    ['a body that the verb does not allow', 'LIST CHAT/1.1\nContent-Length: 5\n\nLIST\n'],
    ['a bad header before a body', 'SEND CHAT/1.1\nA: \x00\nContent-Length: 5\n\nLIST\n'],
  ] as const) {
    it(`answers 400 to ${what} and continues after it`, () => {
      assert.equal(outline(wire + ping, byServer), '400 PING');
    });
  }

  it('answers 400 to a header that is not UTF-8 and continues after it', () => {
    const wire = Buffer.concat([Buffer.from('LIST CHAT/1.1\nA: \xff\n\n', 'latin1'), Buffer.from(ping)]);
    assert.equal(outline(wire, byServer), '400 PING');
  });

  it('answers 413 to a body that is too long before it arrives, and discards it', () => {
    const head = 'SEND CHAT/1.1\nContent-Length: 300000\n\n';
    assert.equal(outline(head, byServer), '413');
    assert.equal(outline(head + 'x'.repeat(300_000) + ping, byServer), '413 PING');
  });

  for (const [what, wire] of [
    ['no version', 'PING\n\n'],
    ['another version', 'PING CHAT/1.0\n\n'],
    ['a response', '200 OK\n\n'],
    ['control characters in the start line', 'PING \x1b CHAT/1.1\n\n'],
    ['a folded header', 'LIST CHAT/1.1\nA: 1\n b\n\n'],
    ['a header without a colon', 'LIST CHAT/1.1\nhello\n\n'],
    ['a header without a name', 'LIST CHAT/1.1\n: x\n\n'],
    ['a space in front of the colon', 'SEND CHAT/1.1\nContent-Length : 5\n\nLIST\n'],
    ['a length that is no number', 'SEND CHAT/1.1\nContent-Length: 0x5\n\nLIST\n'],
    ['a negative length', 'SEND CHAT/1.1\nContent-Length: -1\n\n'],
    ['a length with a control character', 'SEND CHAT/1.1\nContent-Length: 5\x00\n\nLIST\n'],
    ['two lengths', 'SEND CHAT/1.1\nContent-Length: 5\nContent-Length: 5\n\nLIST\n'],
    ['a length that no number holds', 'SEND CHAT/1.1\nContent-Length: 9007199254740993\n\n'],
  ] as const) {
    it(`ends with 400 on ${what}`, () => assert.equal(outline(wire + ping, byServer), '400!'));
  }

  it('ends with 400 on a start line that is not UTF-8', () => {
    assert.equal(outline(Buffer.from('PING \xff CHAT/1.1\n\n', 'latin1'), byServer), '400!');
  });

  it('returns the same problem for ever after a fatal one', () => {
    const queue = new ByteQueue();
    queue.push(encodeUtf8(`what\n${ping}`));
    const reader = new ParcelReader(queue, requestSide, limitsAfterLogin);
    assert.equal(reader.take(), reader.take());
  });

  it('takes a header block of 8 KiB and 64 headers, and not a byte or a header more', () => {
    const start = 'PING CHAT/1.1\nA: ';
    const fill = 'x'.repeat(wireLimits.headerBlockBytes - start.length - '\n\n'.length);
    assert.equal(outline(`${start}${fill}\n\n${ping}`, byServer), 'PING PING');
    assert.equal(outline(`${start}${fill}x\n\n`, byServer), '413!');
    assert.equal(outline(`${start}${fill}x`.repeat(2), byServer), '413!', 'without waiting for its end');
    const headers = (count: number) => Array.from({ length: count }, (_, i) => `H${i}: x\n`).join('');
    assert.equal(outline(`PING CHAT/1.1\n${headers(64)}\n`, byServer), 'PING');
    assert.equal(outline(`PING CHAT/1.1\n${headers(65)}\n`, byServer), '413!');
  });

  it('takes 1 KiB a line, 8 KiB and 20 lines in all before login', () => {
    const line = (bytes: number) => `A: ${'x'.repeat(bytes - 3)}\n`;
    assert.equal(outline(`PING CHAT/1.1\n${line(1024)}\n`, beforeLogin), 'PING');
    assert.equal(outline(`PING CHAT/1.1\n${line(1025)}\n`, beforeLogin), '413!');
    assert.equal(outline('x'.repeat(1026), beforeLogin), '413!', 'without waiting for its end');
    assert.equal(outline(ping.repeat(11), beforeLogin), `${'PING '.repeat(10)}413!`);
    const long = `PING CHAT/1.1\n${[...'BCDE'].map((name) => line(700).replace('A', name)).join('')}\n`;
    assert.equal(outline(long.repeat(3), beforeLogin), 'PING PING 413!');
    assert.equal(outline('SEND CHAT/1.1\nContent-Length: 8157\n\n', beforeLogin), '413!', 'the body counts');
    const send = `SEND CHAT/1.1\nContent-Length: 4000\n\n${'x'.repeat(4000)}`;
    assert.equal(outline(send.repeat(3), beforeLogin), 'SEND SEND 413!', 'every body counts');
  });

  it('counts from 0 again when other limits are set', () => {
    const queue = new ByteQueue();
    const reader = new ParcelReader(queue, requestSide, beforeLogin.limits);
    for (let round = 0; round < 5; round++) {
      queue.push(encodeUtf8(ping.repeat(10)));
      for (let i = 0; i < 10; i++) assert.ok(!(reader.take() instanceof Malformed));
      reader.limit(beforeLogin.limits);
    }
  });
});

const fragments = fc.constantFrom(
  ...[
    'BODY CHAT/1.1\n',
    'NONE CHAT/1.1\n',
    'WHAT x CHAT/1.1\n',
    'A: b\n',
    'A: \x01\n',
    '\n',
    '\n',
    '\r\n',
    '\r',
  ],
  ...[
    'Content-Length: 3\n',
    'Content-Length: 50\n',
    'Content-Length: 51\n',
    'Content-Length: x\n',
    'abc',
    ' ',
    ':',
  ],
  'x'.repeat(39),
);
const session = fc
  .array(fc.oneof({ weight: 5, arbitrary: fragments.map(encodeUtf8) }, fc.uint8Array({ maxLength: 8 })))
  .map(joinBytes);

describe('any bytes', () => {
  it('yield the same parcels however they are cut, and never leave more waiting than the bound', () => {
    fc.assert(
      fc.property(session, cuts, (bytes, lengths) => {
        const expected = readPieces([bytes], { ...small, maxWaiting: bytes.length });
        assert.deepEqual(readPieces(cut(bytes, lengths), small), expected);
        assert.deepEqual(readPieces(byteByByte(bytes), small), expected);
      }),
      { numRuns: 2000 },
    );
  });

  it('yield only values when a valid conversation is damaged', () => {
    const damage = fc.array(
      fc.record({ at: fc.nat(), byte: fc.nat(255), kind: fc.constantFrom('set', 'cut', 'add') }),
      {
        maxLength: 4,
      },
    );
    fc.assert(
      fc.property(fc.array(anyRequest, { maxLength: 5 }), damage, cuts, (requests, hits, lengths) => {
        const bytes = [...joinBytes(requests.map(formatRequest))];
        for (const { at, byte, kind } of hits) {
          const place = at % (bytes.length + 1);
          bytes.splice(place, kind === 'add' ? 0 : 1, ...(kind === 'cut' ? [] : [byte]));
        }
        const damaged = Uint8Array.from(bytes);
        const read = (pieces: Uint8Array[], reading: Reading) =>
          readPieces(pieces, reading).map((one) => (one instanceof Malformed ? one : parseRequest(one)));
        assert.deepEqual(read(cut(damaged, lengths), byServer), read([damaged], byServer));
        read([damaged], beforeLogin);
      }),
      { numRuns: 1000 },
    );
  });
});

describe('valid requests', () => {
  it('are parsed as they were formatted, however their bytes are cut', () => {
    fc.assert(
      fc.property(fc.array(anyRequest, { maxLength: 8 }), cuts, (requests, lengths) => {
        const bytes = joinBytes(requests.map(formatRequest));
        for (const pieces of [cut(bytes, lengths), byteByByte(bytes)]) {
          const received = readPieces(pieces, byServer);
          assert.deepEqual(
            received.map((one) => (one instanceof Malformed ? one : parseRequest(one))),
            requests,
          );
        }
      }),
      { numRuns: 300 },
    );
  });
});
