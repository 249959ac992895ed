import assert from 'node:assert/strict';
import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { test } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { Input } from '../../transport/input.ts';
import type { ConnectionSession } from '../connection/connection-session.ts';
import type { Outbox } from '../outbox/outbox.ts';
import { SessionStream } from './session-stream.ts';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

test('a stream that has handed over keeps neither the request nor the outbox, however long it stays', async () => {
  const { stream, request, outbox } = await handedOver();
  // What a WeakRef was asked for, or made of, stays until the current task is over.
  await new Promise(setImmediate);
  collectGarbage();
  assert.equal(request.deref(), undefined);
  assert.equal(outbox.deref(), undefined);
  assert.equal(stream.destroyed, false);
});

async function handedOver() {
  const input = new Input({ pause() {}, resume() {} });
  const outbox = {} as Outbox;
  const stream = new SessionStream({ input } as ConnectionSession, 'GET /chat HTTP/1.1', outbox);
  const request = new IncomingMessage(new Socket());
  const { over } = stream;
  input.push(Buffer.from('more'));
  stream.handOver(request, Buffer.from('and '));
  const upgrade = await over;
  assert.equal(upgrade?.request, request);
  assert.equal(String(upgrade?.head), 'and GET /chat HTTP/1.1\r\nmore');
  return { stream, request: new WeakRef(request), outbox: new WeakRef(outbox) };
}
