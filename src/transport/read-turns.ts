import type { Socket } from 'node:net';

/** What all sockets of this process read in one turn of the event loop, about. */
const bytesPerTurn = 4 * 1024 * 1024;
/** libuv reads so much at a time. */
const pieceBytes = 64 * 1024;

/** libuv's handle of a socket. Node does not document it: without these members nothing is limited. */
interface ReadHandle {
  reading?: unknown;
  readonly readStart?: () => unknown;
  readonly readStop?: () => unknown;
}

let turnBytes = 0;
let isTurnCounted = false;
/** Sockets that do not read in this turn, the longest first. */
const held: Socket[] = [];

/**
 * To be called when `socket` has read so many bytes. libuv reads up to 2 MiB from each readable socket in one turn: thousands
 * that send at the same moment would keep all others waiting. Once a turn has read `bytesPerTurn`, a socket reads one
 * piece and goes on in a later turn. `Socket.pause` would not stop it before the next piece.
 */
export function limitReads(socket: Socket, bytes: number): void {
  turnBytes += bytes;
  if (!isTurnCounted) {
    isTurnCounted = true;
    setImmediate(endTurn);
  }
  if (turnBytes <= bytesPerTurn) return;
  const handle = handleOf(socket);
  if (handle?.reading !== true || typeof handle.readStop !== 'function') return;
  handle.reading = false;
  handle.readStop();
  held.push(socket);
}

function endTurn(): void {
  turnBytes = 0;
  const next = held.splice(0, bytesPerTurn / pieceBytes);
  isTurnCounted = held.length > 0;
  if (isTurnCounted) setImmediate(endTurn);
  for (const socket of next) if (!socket.isPaused()) startReading(socket);
}

function startReading(socket: Socket): void {
  const handle = handleOf(socket);
  if (handle?.reading !== false || typeof handle.readStart !== 'function') return;
  handle.reading = true;
  handle.readStart();
}

function handleOf(socket: Socket): ReadHandle | undefined {
  return (socket as { _handle?: ReadHandle | null })._handle ?? undefined;
}
