import { createServer, type Socket } from 'node:net';

/**
 * The least that a server in Node can do: forwards what comes from those who said `send` to those who said `follow`,
 * as it comes. It knows no words, stores nothing, and lets what a slow reader does not take pile up.
 */
const followers = new Set<Socket>();

const server = createServer({ noDelay: true }, (socket) => {
  socket.on('error', () => {});
  socket.on('close', () => followers.delete(socket));
  socket.once('data', (request) => {
    if (String(request) === 'follow\n') followers.add(socket);
    else {
      socket.on('data', (bytes) => {
        for (const follower of followers) follower.write(bytes);
      });
    }
    socket.write('ok\n');
  });
});
server.listen({ host: '127.0.0.1', port: 0, backlog: 4096 }, () => {
  const address = server.address();
  process.stdout.write(`${typeof address === 'object' ? address?.port : ''}\n`);
});
