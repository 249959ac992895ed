import { createServer, type Socket } from 'node:net';
import type { TestContext } from 'node:test';
import { ByteQueue } from '../../src/protocol/byte-queue.ts';
import type { FailureCode } from '../../src/protocol/chat11/codes.ts';
import { formatEvent, type ServerEvent } from '../../src/protocol/chat11/event.ts';
import { greetingAnswer, isGreeting } from '../../src/protocol/chat11/greeting.ts';
import { Malformed } from '../../src/protocol/chat11/parcel.ts';
import { limitsAfterLogin, ParcelReader } from '../../src/protocol/chat11/parcel-reader.ts';
import { parseRequest, type Request, requestSide } from '../../src/protocol/chat11/request.ts';
import {
  dataFailure,
  failure,
  formatFailure,
  formatResponse,
  type Response,
} from '../../src/protocol/chat11/response.ts';

/** The server's end of a connection. */
export interface StandInPeer {
  answer(response: Response): void;
  refuse(code: FailureCode, retryAfterS?: number): void;
  refuseData(code: FailureCode, upload: string): void;
  tell(event: ServerEvent): void;
  /** Bytes as they are. */
  say(bytes: string): void;
  cut(): void;
  /** Reads nothing any more. */
  freeze(): void;
}

/** What the stand-in does with a request; `true` leaves it to what every server does. */
export type Script = (request: Request, peer: StandInPeer) => boolean | undefined;

export const admitted = { token: 't1', epoch: 'e1', position: 0 } as const;

/**
 * A CHAT/1.1 server that does what a test tells it, for what a decent server does not do on request. It lets everybody
 * in at position 0, answers PING, and writes down what it is asked for.
 */
export async function startChat11StandIn(test: TestContext, script: Script) {
  const requests: Request[] = [];
  const sockets = new Set<Socket>();
  const peers: StandInPeer[] = [];
  const watchers = new Set<() => void>();
  let connections = 0;
  const server = createServer({ noDelay: true }, (socket) => {
    connections += 1;
    sockets.add(socket.on('error', () => {}));
    const peer = peerOf(socket);
    peers.push(peer);
    const queue = new ByteQueue();
    const reader = new ParcelReader(queue, requestSide, limitsAfterLogin);
    let isGreeted = false;
    socket.on('data', (chunk) => {
      if (typeof chunk !== 'string') queue.push(chunk);
      if (!isGreeted) {
        const line = queue.takeLine();
        if (line === undefined || !isGreeting(Buffer.from(line).toString())) return;
        isGreeted = true;
        socket.write(greetingAnswer);
      }
      for (let one = reader.take(); one !== undefined; one = reader.take()) {
        const request = one instanceof Malformed ? one : parseRequest(one);
        if (request instanceof Malformed) {
          socket.destroy();
          return;
        }
        requests.push(request);
        if (script(request, peer) === true) answerAsUsual(request, peer);
        for (const look of watchers) look();
      }
    });
    socket.on('end', () => socket.end());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const bound = server.address();
  const port = typeof bound === 'object' && bound !== null ? bound.port : 0;
  test.after(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  /** Resolves when `isSo` is true after a request. */
  const until = (isSo: () => boolean) =>
    new Promise<void>((resolve) => {
      const look = () => {
        if (!isSo()) return;
        watchers.delete(look);
        resolve();
      };
      watchers.add(look);
      look();
    });
  return {
    address: { host: '127.0.0.1', port },
    requests,
    /** One for each connection, the newest last. */
    peers,
    until,
    kinds: () => requests.map(({ kind }) => kind),
    get connections() {
      return connections;
    },
  };
}

function peerOf(socket: Socket): StandInPeer {
  return {
    answer: (response) => void socket.write(formatResponse(response)),
    refuse(code, retryAfterS) {
      const later = retryAfterS === undefined ? {} : { retryAfterS };
      socket.write(formatFailure({ ...failure(code), ...later }));
    },
    refuseData: (code, upload) => void socket.write(formatFailure(dataFailure(failure(code), upload))),
    tell: (event) => void socket.write(formatEvent(event)),
    say: (bytes) => void socket.write(bytes),
    cut: () => void socket.destroy(),
    freeze: () => void socket.pause(),
  };
}

function answerAsUsual(request: Request, peer: StandInPeer): void {
  const answer = usualAnswers[request.kind];
  if (answer === undefined) peer.refuse(400);
  else peer.answer(answer);
}

const usualAnswers: { readonly [kind in Request['kind']]?: Response } = {
  ping: { kind: 'ping' },
  register: { kind: 'register', ...admitted },
  login: { kind: 'login', ...admitted },
  follows: { kind: 'follows', terms: ['@all'] },
  list: { kind: 'list', names: ['alice'] },
  disconnect: { kind: 'disconnect' },
};
