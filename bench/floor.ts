import { fdatasyncSync, openSync, writeSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';

/**
 * The least that a server in Node can do: forwards what comes from those who said `send` to those who said `follow`,
 * as it comes. It knows no words, stores nothing, and lets what a slow reader does not take pile up. Given a file, it has a
 * page of it on the disk each time before it forwards.
 */
const followers = new Set<Socket>();
const [, , file] = process.argv;
const page = Buffer.alloc(4096, 1);
const pages = 1024;

function openWhole(name: string): number {
  const fd = openSync(name, 'w');
  for (let at = 0; at < pages; at++) writeSync(fd, page);
  fdatasyncSync(fd);
  return fd;
}

const fd = file === undefined ? undefined : openWhole(file);
let synced = 0;

function sync(): void {
  if (fd === undefined) return;
  writeSync(fd, page, 0, page.length, (synced++ % pages) * page.length);
  fdatasyncSync(fd);
}

const server = createServer({ noDelay: true }, (socket) => {
  socket.on('error', () => {});
  socket.on('close', () => followers.delete(socket));
  socket.once('data', (request) => {
    if (String(request) === 'follow\n') followers.add(socket);
    else {
      socket.on('data', (bytes) => {
        sync();
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
