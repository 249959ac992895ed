import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, IncomingMessage } from 'node:http';
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

test('of all requests that come in one go, a server of Node is given the first alone', async () => {
  const rest = 'Host: a\r\n\r\n';
  const others = `GET /health HTTP/1.1\r\n${rest}`.repeat(3_000);
  const upgrade = `GET /chat HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n${rest}`;
  for (const pieces of [[rest + others], [...rest, others], [rest + upgrade]]) {
    assert.deepEqual(await requestsOf(pieces), ['/first'], JSON.stringify(pieces.join('').slice(0, 60)));
  }
});

/** The targets of the requests that a server of Node makes of these pieces behind `GET /first HTTP/1.1`. */
async function requestsOf(pieces: readonly string[]): Promise<readonly (string | undefined)[]> {
  const input = new Input({ pause() {}, resume() {} });
  const outbox = { reply() {}, room: () => undefined } as unknown as Outbox;
  const stream = new SessionStream({ input } as ConnectionSession, 'GET /first HTTP/1.1', outbox);
  const requests: (string | undefined)[] = [];
  const server = createServer((request, response) => {
    stream.isAsked = true;
    requests.push(request.url);
    // An answer may take a while.
    setImmediate(() => response.setHeader('Connection', 'close').end('answer'));
  });
  server.on('upgrade', (request) => requests.push(request.url));
  server.emit('connection', stream);
  for (const piece of pieces) {
    input.push(Buffer.from(piece));
    await new Promise(setImmediate);
  }
  if (!stream.closed) await once(stream, 'close');
  return requests;
}

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
