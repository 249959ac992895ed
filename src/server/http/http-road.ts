import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { isIP } from 'node:net';
import type { Duplex } from 'node:stream';
import type { ConnectionSession, Protocol } from '../connection/connection-session.ts';
import type { Peers } from '../connection/peer.ts';
import type { Answer, Asker, Routes } from './route.ts';
import { SessionStream } from './session-stream.ts';

// To import it is to read all that it exports, which loads Node's `fetch` as well: 50 ms at every start.
const { createServer, STATUS_CODES } = process.getBuiltinModule('node:http');

/** The first line of a request in HTTP/1, or of an attempt at HTTP/2. */
const requestLine = /^[A-Z]{1,20} \S{1,1000} HTTP\/[0-9](?:\.[0-9])?$/;

/** Bytes of the header fields, and how many of them. */
const maxHeaderBytes = 8 * 1024;
const maxHeaders = 64;
/** Time for the header fields to come, and again for the answer to be made. */
const exchangeMs = 10_000;

/** The answers are for programs: nothing may keep, guess at, frame or run them. */
const strictHeaders = {
  'Cache-Control': 'no-store',
  'Content-Security-Policy': "default-src 'none'; frame-ancestors 'none'",
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
  // One request a connection: the limits of connections then hold for requests as well.
  Connection: 'close',
};

export interface HttpServices {
  readonly peers: Peers;
  readonly routes: Routes;
}

/**
 * HTTP/1.1 on the chat's port. A `node:http` server that does not listen gets each connection as a stream; the session
 * keeps its limits and its place in a shutdown.
 */
export function httpRoad({ peers, routes }: HttpServices): Protocol {
  const server = httpServer(routes);
  return {
    name: 'http',
    begin: (line) => (requestLine.test(line) ? (session) => serve(session, line, server, peers) : undefined),
    banned: () => rawAnswer(403, 'This address is banned.'),
  };
}

async function serve(session: ConnectionSession, line: string, server: Server, peers: Peers): Promise<void> {
  const { outbox } = peers.create(session, true);
  const stream = new SessionStream(session, line, outbox);
  stream.on('error', () => {});
  const timer = session.after(exchangeMs, () => stream.destroy());
  const closed = new Promise((resolve) => stream.once('close', resolve));
  server.emit('connection', stream);
  await closed;
  timer.cancel();
  await session.leave();
}

function httpServer(routes: Routes): Server {
  const server = createServer({ maxHeaderSize: maxHeaderBytes }, (request, response) => {
    answer(routes, request, response).catch((error: unknown) => {
      const { socket } = request;
      if (isSessionStream(socket)) socket.session.logger.error({ err: error }, 'an HTTP request failed');
      send(request, response, { status: 500, text: 'This is a bug in earshot; its log has the cause.' });
    });
  });
  server.maxHeadersCount = maxHeaders;
  server.on('clientError', (_error, socket) => endRaw(socket, 400, 'This is not a request in HTTP/1.1.'));
  server.on('connect', (_request, socket) => endRaw(socket, 405, 'Only GET and HEAD are answered here.'));
  return server;
}

/** The type of `IncomingMessage.socket` does not know that a server may get any stream. */
const isSessionStream = (socket: Duplex): socket is SessionStream => socket instanceof SessionStream;

async function answer(routes: Routes, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { socket } = request;
  if (!isSessionStream(socket)) return;
  socket.isAsked = true;
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    const text = 'Only GET and HEAD are answered here.';
    send(request, response, { status: 405, text, headers: { Allow: 'GET, HEAD' } });
    return;
  }
  const [path = ''] = (request.url ?? '').split('?');
  const route = routes.get(path);
  send(request, response, (await route?.(askerOf(socket, request))) ?? notFound);
}

const notFound: Answer = {
  status: 404,
  text: 'There is nothing here. This is the port of an earshot chat server: earshot join NAME ADDRESS',
};

function send(request: IncomingMessage, response: ServerResponse, answered: Answer): void {
  const { status, text, contentType = 'text/plain; charset=utf-8', headers } = answered;
  const body = Buffer.from(text.endsWith('\n') ? text : `${text}\n`);
  response.writeHead(status, {
    ...strictHeaders,
    'Content-Type': contentType,
    'Content-Length': body.length,
    ...headers,
  });
  response.end(request.method === 'HEAD' ? undefined : body);
}

/** An answer to what `node:http` makes no request of. */
function endRaw(socket: Duplex, status: number, text: string): void {
  if (socket.writable) socket.end(rawAnswer(status, text), () => socket.destroy());
}

function rawAnswer(status: number, text: string): string {
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    'Content-Type: text/plain; charset=utf-8',
    `Content-Length: ${text.length + 1}`,
    ...Object.entries(strictHeaders).map(([name, value]) => `${name}: ${value}`),
  ];
  return `${head.join('\r\n')}\r\n\r\n${text}\n`;
}

function askerOf({ session }: SessionStream, { headers }: IncomingMessage): Asker {
  const isPassedOn = ['forwarded', 'via', 'x-forwarded-for', 'x-real-ip'].some((name) => name in headers);
  return {
    isLocal: session.connection.isLoopback && !isPassedOn && isOwnName(headers.host ?? 'localhost'),
    authorization: headers.authorization,
  };
}

/** Whether `host` needs no name server: an address or `localhost`, with or without a port. */
function isOwnName(host: string): boolean {
  const name = host.replace(/:[0-9]{1,5}$/, '');
  return name === 'localhost' || isIP(name.startsWith('[') ? name.slice(1, -1) : name) > 0;
}
