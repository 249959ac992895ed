import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FakeClock } from '../../../tests/support/fake-clock.ts';
import type { Connection } from '../../transport/connection.ts';
import { RawConnection } from './raw-connection.ts';

/** A raw connection, and what happens on the connection below it, with the time. */
function rawConnection() {
  const clock = new FakeClock();
  const start = clock.monotonicMs();
  const happened: string[] = [];
  const tell = (what: string): void => void happened.push(`${clock.monotonicMs() - start} ${what}`);
  const below: Connection = {
    remoteAddress: '127.0.0.1',
    isLoopback: true,
    isEncrypted: false,
    unsentBytes: 0,
    sentBytes: 0,
    attach() {},
    write: (bytes) => tell(`write ${Buffer.from(bytes)}`),
    pause() {},
    resume() {},
    end: () => tell('end'),
    destroy: () => tell('destroy'),
  };
  const raw = new RawConnection(below, clock.after.bind(clock), () => tell('drain'));
  return { raw, clock, happened };
}

test('lines leave without their ends and apart, the end of the connection after the last', () => {
  const { raw, clock, happened } = rawConnection();
  raw.write(Buffer.from('one\ntwo\n'));
  assert.ok(raw.unsentBytes > 0);
  raw.write(Buffer.from('three\n'));
  raw.end();
  for (let ms = 0; ms < 300; ms += 10) clock.advance(10);
  assert.deepEqual(happened, ['0 write one', '50 write two', '100 write three', '150 end', '150 drain']);
  assert.equal(raw.unsentBytes, 0);
});

test('a gap is back-pressure, and its end is told', () => {
  const { raw, clock, happened } = rawConnection();
  assert.equal(raw.unsentBytes, 0);
  raw.write(Buffer.from('one\n'));
  assert.equal(raw.unsentBytes, 1);
  clock.advance(50);
  assert.equal(raw.unsentBytes, 0);
  raw.end();
  assert.deepEqual(happened, ['0 write one', '50 drain', '50 end']);
});

test('nothing is written after the connection is destroyed', () => {
  const { raw, clock, happened } = rawConnection();
  raw.write(Buffer.from('one\ntwo\n'));
  raw.destroy();
  clock.advance(1_000);
  assert.deepEqual(happened, ['0 write one', '0 destroy']);
});
