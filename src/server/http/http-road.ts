import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { isIP } from 'node:net';
import type { Duplex } from 'node:stream';
import { WebSocketAcceptor } from '../../transport/web-socket-server.ts';
import type { ConnectionSession, Protocol } from '../connection/connection-session.ts';
import type { Peers } from '../connection/peer.ts';
import type { Answer, Asker, Routes } from './route.ts';
import { SessionStream } from './session-stream.ts';
import type { WebNames } from './web-names.ts';

// To import it is to read all that it exports, which loads Node's `fetch` as well: 50 ms at every start.
const { createServer, STATUS_CODES } = process.getBuiltinModule('node:http');

/** The first line of a request in HTTP/1, or of an attempt at HTTP/2; REGISTER is a mistake in CHAT/1.0. */
const requestLine = /^(?!REGISTER )[A-Z]{1,20} \S{1,1000} HTTP\/[0-9](?:\.[0-9])?$/;

/** Bytes of the header fields, and how many of them. */
const maxHeaderBytes = 8 * 1024;
const maxHeaders = 64;
/** Time for the header fields to come, and again for the answer to be made. */
const exchangeMs = 10_000;

const options = {
  maxHeaderSize: maxHeaderBytes,
  // Other upgrades, such as curl's to HTTP/2, are declined: the request is answered as it is.
  shouldUpgradeCallback: ({ headers }: IncomingMessage) => headers.upgrade?.toLowerCase() === 'websocket',
};

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
  /** Undefined: no WebSockets. */
  readonly web?: WebNames | undefined;
}

/** Where a WebSocket is asked for, and the subprotocol that it must offer. */
export const webSocketPath = '/chat';
export const webSocketProtocol = 'chat.1.1';

/**
 * HTTP/1.1 on the chat's port, and WebSockets, which carry CHAT/1.1. A `node:http` server that does not listen gets
 * each connection as a stream; the session keeps its limits and its place in a shutdown.
 */
export function httpRoad({ peers, routes, web }: HttpServices): Protocol {
  const server = httpServer(routes, web);
  const acceptor = new WebSocketAcceptor(webSocketProtocol);
  return {
    name: 'http',
    begin: (line) =>
      requestLine.test(line) ? (session) => serve(session, line, server, peers, acceptor) : undefined,
    // As over CHAT/1.1, and unlike any answer of a proxy.
    banned: (why) => rawAnswer(423, why),
  };
}

async function serve(
  session: ConnectionSession,
  line: string,
  server: Server,
  peers: Peers,
  acceptor: WebSocketAcceptor,
): Promise<void> {
  const { outbox, services } = peers.create(session, true);
  const stream = new SessionStream(session, line, outbox);
  stream.on('error', ignore);
  const timer = session.after(exchangeMs, () => stream.destroy());
  server.emit('connection', stream);
  const upgrade = await stream.over;
  timer.cancel();
  const carried =
    upgrade && acceptor.accept(upgrade.request, session.connection, upgrade.head, services.inputs);
  return carried === undefined ? session.leave() : session.carry(carried);
}

function ignore(): void {}

function httpServer(routes: Routes, web: WebNames | undefined): Server {
  const server = createServer(options, (request, response) => {
    answer(routes, request, response).catch((error: unknown) => {
      const { socket } = request;
      if (isSessionStream(socket)) socket.session.logger.error({ err: error }, 'an HTTP request failed');
      send(request, response, { status: 500, text: 'This is a bug in earshot; its log has the cause.' });
    });
  });
  server.maxHeadersCount = maxHeaders;
  server.on('clientError', (_error, socket) => endRaw(socket, 400, 'This is not a request in HTTP/1.1.'));
  server.on('upgrade', (request, socket, head) => {
    const problem = upgradeProblem(request, web);
    if (problem !== undefined) endRaw(socket, problem.status, problem.text);
    else if (isSessionStream(socket)) socket.handOver(request, head);
  });
  server.on('connect', (_request, socket) => endRaw(socket, 405, 'Only GET and HEAD are answered here.'));
  return server;
}

/** Why no WebSocket is opened; undefined when one is. `ws` checks the rest of the request. */
function upgradeProblem(
  { url = '', headers }: IncomingMessage,
  web: WebNames | undefined,
): { readonly status: number; readonly text: string } | undefined {
  if (web === undefined || url.split('?')[0] !== webSocketPath)
    return { status: 404, text: `There is no WebSocket here, only at ${webSocketPath}.` };
  if (!web.isOwnOrigin(headers.origin, headers.host))
    return { status: 403, text: 'A page of another site may not connect here. See --web-origin.' };
  const offered = String(headers['sec-websocket-protocol'] ?? '')
    .split(',')
    .map((name) => name.trim());
  if (!offered.includes(webSocketProtocol))
    return { status: 400, text: `The subprotocol is ${webSocketProtocol}.` };
  return undefined;
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
  if (status === 304) {
    response.writeHead(status, { ...strictHeaders, ...headers }).end();
    return;
  }
  const body = typeof text === 'string' ? Buffer.from(text.endsWith('\n') ? text : `${text}\n`) : text;
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
    `Content-Length: ${Buffer.byteLength(text) + 1}`,
    ...Object.entries(strictHeaders).map(([name, value]) => `${name}: ${value}`),
  ];
  return `${head.join('\r\n')}\r\n\r\n${text}\n`;
}

function askerOf({ session }: SessionStream, { headers }: IncomingMessage): Asker {
  const isPassedOn = ['forwarded', 'via', 'x-forwarded-for', 'x-real-ip'].some((name) => name in headers);
  return {
    isLocal: session.connection.isLoopback && !isPassedOn && isOwnName(headers.host ?? 'localhost'),
    headers,
    isEncrypted: session.connection.isEncrypted,
  };
}

/** Whether `host` needs no name server: an address or `localhost`, with or without a port. */
function isOwnName(host: string): boolean {
  const name = host.replace(/:[0-9]{1,5}$/, '');
  return name === 'localhost' || isIP(name.startsWith('[') ? name.slice(1, -1) : name) > 0;
}
