import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { type RawData, type WebSocket, WebSocketServer } from 'ws';
import type { Scope } from '../support/scope.ts';

/**
 * A server whose page is that of `site`, and whose WebSockets lead to the stand-in at `chat`, which knows a byte stream
 * only. Both are ports of this machine.
 */
export async function bridge(
  scope: Scope,
  { site, chat }: { readonly site: number; readonly chat: number },
): Promise<{ readonly port: number }> {
  const listener = createServer((asked, answer) => passOn(site, asked, answer));
  const sockets = new WebSocketServer({ noServer: true, handleProtocols: () => 'chat.1.1' });
  listener.on('upgrade', (asked, socket, head) =>
    sockets.handleUpgrade(asked, socket, head, (webSocket) => join(webSocket, chat)),
  );
  listener.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  scope.after(() => {
    listener.close();
    listener.closeAllConnections();
    for (const webSocket of sockets.clients) webSocket.terminate();
  });
  return { port: (listener.address() as AddressInfo).port };
}

function passOn(port: number, asked: IncomingMessage, answer: ServerResponse): void {
  const { method, url: path, headers } = asked;
  const passed = request({ host: '127.0.0.1', port, method, path, headers }, (answered) => {
    answer.writeHead(answered.statusCode ?? 502, answered.headers);
    answered.pipe(answer);
  });
  asked.pipe(passed.on('error', () => answer.destroy()));
}

/** An empty message is the end of a direction. */
function join(webSocket: WebSocket, chat: number): void {
  const socket = connect({ port: chat, host: '127.0.0.1' });
  webSocket.on('message', (data: RawData) => {
    const bytes = data as Buffer;
    if (bytes.length === 0) socket.end();
    else socket.write(bytes);
  });
  webSocket.on('error', () => {}).on('close', () => socket.destroy());
  socket.on('data', (bytes) => webSocket.send(bytes));
  socket.on('end', () => webSocket.send(''));
  socket.on('error', () => {}).on('close', () => webSocket.close());
}
