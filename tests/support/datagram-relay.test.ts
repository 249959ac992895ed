import assert from 'node:assert/strict';
import { test } from 'node:test';
import { dialUdp } from '../../src/transport/udp/sockets/dial-udp.ts';
import { listenUdp } from '../../src/transport/udp/sockets/listen-udp.ts';
import { DatagramRelay } from './datagram-relay.ts';
import { Observed, pattern } from './observed-connection.ts';

const size = 3_000_000;

test('a connection carries everything over a relay that loses a tenth, is cut, moves, and holds', async (context) => {
  const accepted = Promise.withResolvers<Observed>();
  const listener = await listenUdp(
    { host: '127.0.0.1', port: 0, secret: new Uint8Array(32).fill(3) },
    (connection) => accepted.resolve(new Observed(connection)),
  );
  const relay = await DatagramRelay.open(context, listener.port, { loss: 0.1 });
  const dialed = new Observed(await dialUdp({ host: '127.0.0.1', port: relay.port, isTrusted: () => true }));
  const cut = relay.cut(500_000, 'client');
  dialed.connection.write(pattern(size));
  dialed.connection.end();
  await cut;
  relay.move();
  const server = await accepted.promise;
  await server.until(() => server.received > size / 2);
  relay.hold();
  await new Promise((resolve) => setImmediate(resolve));
  relay.release();
  await server.until(() => server.ends === 1);
  assert.deepEqual(server.bytes, Buffer.from(pattern(size)));
  assert.equal(relay.connections, 2, 'it came from two ports');
  assert.ok(relay.lost > 0);
  server.connection.end();
  await Promise.all([dialed.closed(), server.closed()]);
  await listener.close();
});
