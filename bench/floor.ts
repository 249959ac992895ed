import { fdatasyncSync, openSync, readFileSync, writeSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { createServer as createTlsServer } from 'node:tls';
import { parseArgs } from 'node:util';
import { makeOwnCertificate } from '../src/server/tls/certificate-files.ts';
import { tlsCiphers } from '../src/transport/tls-ciphers.ts';
import type { TlsKeyPair } from '../src/transport/tls-server.ts';

/**
 * The least that a server in Node can do: forwards what comes from those who said `send` to those who said `follow`,
 * as it comes. It knows no words, stores nothing, and lets what a slow reader does not take pile up. With `--sync FILE` it
 * has a page of the file on the disk each time before it forwards; with `--tls FOLDER` all is encrypted.
 */
const followers = new Set<Socket>();
const {
  values: { sync: file, tls },
} = parseArgs({ options: { sync: { type: 'string' }, tls: { type: 'string' } } });
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

function serve(socket: Socket): void {
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
}

function keyPairIn(folder: string): TlsKeyPair {
  const files = { cert: join(folder, 'cert.pem'), key: join(folder, 'key.pem') };
  makeOwnCertificate(files, Date.now());
  return { cert: readFileSync(files.cert, 'utf8'), key: readFileSync(files.key, 'utf8') };
}

const options = { noDelay: true };
const server =
  tls === undefined
    ? createServer(options, serve)
    : createTlsServer({ ...options, ...keyPairIn(tls), ciphers: tlsCiphers }, serve);
server.listen({ host: '127.0.0.1', port: 0, backlog: 4096 }, () => {
  const address = server.address();
  process.stdout.write(`${typeof address === 'object' ? address?.port : ''}\n`);
});
