import assert from 'node:assert/strict';
import { createServer, type IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { test } from 'node:test';
import { type ConnectionPair, testConnectionContract } from '../../tests/contract/connection.ts';
import type { Connection, ConnectionHandlers, Listener } from './connection.ts';
import { ConnectionStream } from './connection-stream.ts';
import { dialTcp, listenTcp } from './tcp.ts';
import { OwnedWebSocket, WebSocketConnection } from './web-socket-connection.ts';
import { WebSocketAcceptor } from './web-socket-server.ts';

const subprotocol = 'test';

/** Reads the request for a WebSocket from a fresh connection, as `node:http` would, and accepts it. */
function accept(below: Connection): Promise<Connection> {
  const acceptor = new WebSocketAcceptor(subprotocol);
  const first = new ConnectionStream(below);
  let to: ConnectionHandlers = first;
  below.attach({
    onData: (chunk) => to.onData(chunk),
    onDrain: () => to.onDrain(),
    onEnd: () => to.onEnd(),
    onClose: (error) => to.onClose(error),
  });
  const http = createServer();
  return new Promise((resolve, reject) => {
    http.on('upgrade', (request: IncomingMessage, _socket, head: Buffer) => {
      const carried = acceptor.accept(request, below, head);
      if (carried === undefined) return reject(new Error('refused'));
      to = carried.below;
      below.resume();
      resolve(carried.connection);
    });
    http.emit('connection', first);
  });
}

/** The other end: a client that masks, as clients must. */
async function dial(port: number): Promise<Connection> {
  const below = await dialTcp({ host: '127.0.0.1', port });
  const stream = new ConnectionStream(below);
  below.attach(stream);
  const socket = new OwnedWebSocket(`ws://127.0.0.1:${port}/chat`, subprotocol, {
    createConnection: () => stream as never,
    perMessageDeflate: false,
    autoPong: false,
  });
  await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
  return new WebSocketConnection(socket, below, stream, true);
}

async function openPair(): Promise<ConnectionPair> {
  const accepted = Promise.withResolvers<Connection>();
  const listener: Listener = await listenTcp({ host: '127.0.0.1', port: 0 }, (below) =>
    accept(below).then(accepted.resolve, accepted.reject),
  );
  const dialed = await dial(listener.port);
  return [await accepted.promise, dialed, () => listener.close()];
}

testConnectionContract('A WebSocket that was accepted', openPair);

testConnectionContract('A WebSocket that was dialed', async () => {
  const [accepted, dialed, cleanup] = await openPair();
  return [dialed, accepted, cleanup];
});

test('thousands of messages that come in one write take several turns of the event loop', async (context) => {
  const accepted = Promise.withResolvers<Connection>();
  const listener = await listenTcp({ host: '127.0.0.1', port: 0 }, (below) =>
    accept(below).then(accepted.resolve, accepted.reject),
  );
  context.after(() => listener.close());
  const stranger = connect({ port: listener.port, host: '127.0.0.1' });
  context.after(() => stranger.destroy());
  const head = [
    ...['GET /chat HTTP/1.1', 'Host: a', 'Connection: Upgrade', 'Upgrade: websocket'],
    ...['Sec-WebSocket-Version: 13', 'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA=='],
    ...[`Sec-WebSocket-Protocol: ${subprotocol}`, '', ''],
  ];
  stranger.write(head.join('\r\n'));
  const connection = await accepted.promise;
  context.after(() => connection.destroy());

  const messages = 3_000;
  const cameAt: number[] = [];
  let turn = 0;
  const all = Promise.withResolvers<void>();
  const onTurn = (): void => {
    turn++;
    if (cameAt.length < messages) setImmediate(onTurn);
  };
  connection.attach({
    onData(piece) {
      assert.equal(piece.length, 1);
      if (cameAt.push(turn) === messages) all.resolve();
    },
    onDrain() {},
    onEnd: () => all.reject(new Error('the end')),
    onClose: () => all.reject(new Error('closed')),
  });
  connection.resume();
  setImmediate(onTurn);
  // Masked by zeros.
  const frame = Uint8Array.of(0x82, 0x81, 0, 0, 0, 0, 65);
  stranger.write(Buffer.concat(Array.from({ length: messages }, () => frame)));
  await all.promise;
  const counts = Map.groupBy(cameAt, (at) => at);
  for (const { length } of counts.values()) assert.ok(length < 500, `${length} in one turn`);
});
