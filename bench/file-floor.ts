import { createServer, type Socket } from 'node:net';

/**
 * The least that a server in Node can do with a file: hands what comes from who said `send` to those who said
 * `follow`, and reads on when the slowest has taken it. It has no disk and no hash.
 */
const followers: Socket[] = [];

const server = createServer({ noDelay: true }, (socket) => {
  socket.on('error', () => {});
  socket.once('data', (request) => {
    if (String(request) === 'follow\n') followers.push(socket);
    else {
      socket.setMaxListeners(0);
      for (const follower of followers) socket.pipe(follower, { end: false });
    }
    socket.write('ok\n');
  });
});
server.listen({ host: '127.0.0.1', port: 0 }, () => {
  const address = server.address();
  process.stdout.write(`${typeof address === 'object' ? address?.port : ''}\n`);
});
