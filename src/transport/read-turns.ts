import { Socket } from 'node:net';

/** What all sockets of this process read in one turn of the event loop, about. */
const bytesPerTurn = 4 * 1024 * 1024;
/** libuv reads so much at a time. */
const pieceBytes = 64 * 1024;

/** libuv's handle of a socket. Node does not document it: without these members nothing is limited. */
interface ReadHandle {
  reading?: unknown;
  readonly readStop?: () => unknown;
}

const isHeld = Symbol('isHeld');

/** `_read` is what a stream calls for more bytes: for a socket it starts reading. */
interface LimitedSocket extends Socket {
  [isHeld]?: boolean;
  _read(size: number): void;
}

let turnBytes = 0;
let isTurnCounted = false;
/** Sockets that do not read in this turn, the longest first. */
const held: LimitedSocket[] = [];

/**
 * Bounds what sockets read in one turn of the event loop. libuv reads up to 2 MiB from each readable socket: thousands that
 * send at the same moment would keep all others waiting. Once a turn has read `bytesPerTurn`, each socket reads one piece at
 * most, and goes on in a later turn. `Socket.pause` would not do: a paused stream reads on until its buffer is full.
 *
 * Call `limitReads` once for a socket, and `countRead` for what it has read.
 */
export function limitReads(socket: Socket): void {
  (socket as LimitedSocket)._read = readUnlessHeld;
}

export function countRead(socket: Socket, bytes: number): void {
  turnBytes += bytes;
  if (!isTurnCounted) {
    isTurnCounted = true;
    setImmediate(endTurn);
  }
  if (turnBytes > bytesPerTurn) stopReading(socket as LimitedSocket);
}

function stopReading(socket: LimitedSocket): void {
  const handle = (socket as { _handle?: ReadHandle | null })._handle;
  if (socket[isHeld] === true || typeof handle?.readStop !== 'function') return;
  handle.reading = false;
  handle.readStop();
  socket[isHeld] = true;
  held.push(socket);
}

function endTurn(): void {
  turnBytes = 0;
  const next = held.splice(0, bytesPerTurn / pieceBytes);
  isTurnCounted = held.length > 0;
  if (isTurnCounted) setImmediate(endTurn);
  for (const socket of next) {
    socket[isHeld] = false;
    // A paused one too: it may have asked for bytes already, and a stream does not ask twice.
    if (!socket.destroyed) socket._read(0);
  }
}

function readUnlessHeld(this: LimitedSocket, size: number): void {
  if (this[isHeld] !== true) (Socket.prototype as LimitedSocket)._read.call(this, size);
}
