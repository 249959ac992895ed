import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { test } from 'node:test';
import { countRead, limitReads } from './read-turns.ts';

const sockets = 128;
const bytesEach = 192 * 1024;

test('sockets that have much to read at the same moment leave turns to others, and all of it is read', async (context) => {
  const accepted: Socket[] = [];
  const server = createServer((socket) => accepted.push(socket.pause())).listen(0, '127.0.0.1');
  context.after(() => server.close());
  await once(server, 'listening');
  const address = server.address();
  assert.ok(typeof address === 'object' && address !== null);
  const clients = Array.from({ length: sockets }, () => connect(address.port, '127.0.0.1'));
  context.after(() => [...clients, ...accepted].forEach((socket) => void socket.destroy()));
  const bytes = Buffer.alloc(bytesEach);
  // The system takes it all, though nobody reads.
  await Promise.all(clients.map((client) => new Promise((resolve) => client.write(bytes, resolve))));
  while (accepted.length < sockets) await new Promise(setImmediate);
  let [ofTurn, ofAll, most] = [0, 0, 0];
  const turnsEnd = (): void => {
    most = Math.max(most, ofTurn);
    ofTurn = 0;
    if (ofAll < sockets * bytesEach) setImmediate(turnsEnd);
    else done.resolve();
  };
  const done = Promise.withResolvers<void>();
  for (const socket of accepted) {
    limitReads(socket);
    socket.on('data', (chunk) => {
      ofTurn += chunk.length;
      ofAll += chunk.length;
      countRead(socket, chunk.length);
      // A pause while it is held does not keep it from reading on.
      socket.pause();
      setImmediate(() => setImmediate(() => setImmediate(() => socket.resume())));
    });
  }
  for (const socket of accepted) socket.resume();
  setImmediate(turnsEnd);
  await done.promise;
  assert.equal(ofAll, sockets * bytesEach);
  // What a stream has buffered while it was paused, and one piece more; unlimited it is nearly all of it.
  assert.ok(most <= 0.75 * ofAll, `${most} of ${ofAll} bytes in one turn`);
});
