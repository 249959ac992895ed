import type { IncomingMessage } from 'node:http';
import { type Server, WebSocketServer } from 'ws';
import type { ByteBudget } from './byte-budget.ts';
import type { Connection, ConnectionHandlers } from './connection.ts';
import { ConnectionStream } from './connection-stream.ts';
import { OwnedWebSocket, WebSocketConnection } from './web-socket-connection.ts';

/** A peer must send shorter messages: one is held until all of it has come. */
const maxMessageBytes = 256 * 1024;
const maxFragments = 64;
/** How long the peer may take to answer the end of the WebSocket, in milliseconds. */
const closeMs = 5_000;

/** The types of `ws` do not know all of them. */
const limits = { maxPayload: maxMessageBytes, maxFragments, closeTimeout: closeMs };

/** A connection that another one carries. */
export interface Carried {
  readonly connection: Connection;
  /** What happens to the connection below must be passed on to these. */
  readonly below: ConnectionHandlers;
}

/** Accepts WebSockets under one subprotocol. */
export class WebSocketAcceptor {
  readonly #server: Server<typeof OwnedWebSocket>;

  constructor(subprotocol: string) {
    this.#server = new WebSocketServer({
      noServer: true,
      WebSocket: OwnedWebSocket,
      clientTracking: false,
      perMessageDeflate: false,
      autoPong: false,
      skipUTF8Validation: true,
      ...limits,
      handleProtocols: (offered) => (offered.has(subprotocol) ? subprotocol : false),
    });
  }

  /**
   * Answers a request for a WebSocket that came over `below`; `head` is what came behind it. Returns undefined when it
   * is no proper request: then the refusal was written, and the caller ends `below`. `budget` counts what all inputs hold.
   */
  accept(
    request: IncomingMessage,
    below: Connection,
    head: Buffer,
    budget?: ByteBudget,
  ): Carried | undefined {
    const stream = new ConnectionStream(below);
    let carried: Carried | undefined;
    stream.on('error', ignore);
    this.#server.handleUpgrade(request, stream, head, (socket) => {
      const connection = new WebSocketConnection(socket, below, stream, false, budget);
      connection.onReceived(head.length);
      carried = { connection, below: stream };
    });
    // From here on `ws` listens for errors.
    if (carried !== undefined) stream.off('error', ignore);
    return carried;
  }
}

/** One function for all: a function made for each would keep what was known where it was made. */
function ignore(): void {}
