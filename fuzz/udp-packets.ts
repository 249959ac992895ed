import assert from 'node:assert/strict';
import { crc32 } from 'node:zlib';
import * as messages from '../src/transport/udp/handshake/messages.ts';
import { ByteReader, ByteWriter, MalformedError } from '../src/transport/udp/packets/byte-cursor.ts';
import {
  type AckReport,
  type FrameHandler,
  readFrames,
  writeAck,
  writeClose,
  writeStreamHead,
} from '../src/transport/udp/packets/frames.ts';
import { NumberRanges } from '../src/transport/udp/packets/number-ranges.ts';
import type { Target } from './target.ts';

/** Checks what a frame says, and writes the longer ones again. */
class Checker implements FrameHandler {
  readonly writer = new ByteWriter(new Uint8Array(2048));

  onAck({ largestLow, delayMs, count, lengths, gaps }: AckReport): void {
    assert.ok(count >= 1 && delayMs >= 0 && delayMs < 4096, 'an acknowledgement says nothing');
    const received = new NumberRanges();
    let end = largestLow + 1;
    for (let i = 0; i < count; i++) {
      end -= gaps[i] ?? 0;
      const start = end - (lengths[i] ?? 0);
      if (start < 0) return;
      received.add(start, end);
      end = start;
    }
    assert.equal(received.count, count, 'ranges of an acknowledgement touch');
    assert.ok(writeAck(this.writer, received, delayMs, 255), 'an acknowledgement cannot be written');
    this.writer.at = 0;
  }

  onMaxStream(stream: number, offset: number): void {
    assert.ok(stream >= 0 && Number.isSafeInteger(offset), 'an offset is no number');
  }

  onMaxStreams(): void {}
  onReset(): void {}
  onStop(): void {}

  onStream(stream: number, offset: number, data: Uint8Array, isFinal: boolean): void {
    assert.ok(Number.isSafeInteger(offset + data.length), 'an offset is no number');
    if (data.length > 1024) return;
    writeStreamHead(this.writer, stream, offset, data.length, isFinal);
    this.writer.put(data);
    const again: unknown[] = [];
    const taker = Object.assign(new Checker(), { onStream: (...said: unknown[]) => again.push(...said) });
    readFrames(new ByteReader(this.writer.written().slice()), taker);
    this.writer.at = 0;
    assert.deepEqual(
      again,
      [stream, offset, new Uint8Array(data), isFinal],
      'data is read otherwise after it is written',
    );
  }

  onChallenge(value: Uint8Array): void {
    assert.equal(value.length, 8);
  }

  onResponse(value: Uint8Array): void {
    assert.equal(value.length, 8);
  }

  onClose(code: number, reason: string): void {
    writeClose(this.writer, code, reason);
    this.writer.at = 0;
  }
}

const bytesOf = (...bytes: readonly number[]): Uint8Array => Uint8Array.from(bytes);

/** What a packet carries, as somebody with its keys may have sealed it. */
export const frames: Target = {
  name: 'udp-frames',
  samples: [
    bytesOf(0, 1, 2, 0, 0, 0, 9, 0, 16, 2, 0, 2, 0, 1, 0, 3),
    // MAX_STREAM, MAX_STREAMS, RESET and STOP.
    bytesOf(
      ...[0x03, 0, 0, 0, 1, 0, 0, 0, 8, 0, 0],
      ...[0x04, 0, 0, 0, 32],
      ...[0x05, 0, 0, 0, 1, 0, 0, 0, 0, 0, 5, 1],
      ...[0x06, 0, 0, 0, 1, 0],
    ),
    bytesOf(0x0a, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 3, 97, 98, 99, 0x09, 0, 0, 0, 1, 0, 0, 0, 0, 0, 7, 100),
    bytesOf(0x1a, 1, 2, 3, 4, 5, 6, 7, 8, 0x1b, 8, 7, 6, 5, 4, 3, 2, 1, 0x1c, 0, 1, 2, 104, 105),
  ],
  run(input) {
    try {
      readFrames(new ByteReader(input), new Checker());
    } catch (error) {
      if (!(error instanceof MalformedError)) throw error;
    }
  },
};

const id = bytesOf(1, 2, 3, 4, 5, 6, 7, 8);
const key = new Uint8Array(32).fill(9);

/** Packets of the handshake, whose checksum is right. */
export const handshakes: Target = {
  name: 'udp-handshakes',
  samples: [
    messages.writeHello({
      connectionId: id,
      token: new Uint8Array(20),
      publicKey: key,
      idleTimeoutMs: 30_000,
    }),
    messages.writeRetry(id, new Uint8Array(messages.tokenBytes)),
    messages.writeVersions(id),
    messages.writeAcceptOpen(id, id, key),
  ],
  run(input) {
    const bytes = input.slice();
    const end = bytes.length - 4;
    if (end >= 0) new ByteWriter(bytes.subarray(end)).u32(crc32(bytes.subarray(0, end)));
    const hello = messages.readHello(bytes);
    if (hello !== undefined && hello.version === messages.version) {
      const again = messages.readHello(messages.writeHello(hello));
      assert.deepEqual(again, hello, 'HELLO is read otherwise after it is written');
    }
    const retry = messages.readRetry(bytes);
    if (retry !== undefined)
      assert.equal(retry.token.length, messages.tokenBytes, 'a cookie has another size');
    assert.ok([undefined, 8].includes(messages.readVersions(bytes)?.length), 'an id has another size');
    const accept = messages.readAccept(bytes);
    if (accept !== undefined) assert.equal(accept.publicKey.length, 32, 'a key has another size');
  },
};
