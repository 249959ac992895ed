import { createServer, type Socket } from 'node:net';

/** A server that does what it is told, line by line: for what no decent server does. */
export async function startScripted(onConnection: (socket: Socket) => void) {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket.on('error', () => {}));
    onConnection(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const bound = server.address();
  const port = typeof bound === 'object' ? bound?.port : bound;
  const close = () => {
    server.close();
    for (const socket of sockets) socket.destroy();
  };
  return { address: `chat://127.0.0.1:${port}`, close };
}
