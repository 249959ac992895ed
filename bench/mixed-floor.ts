import { createServer, type Socket } from 'node:net';

/**
 * The least that a server in Node can do that knows words: it stores nothing, and lets what a slow reader does not take
 * pile up. The first line of a client is `follow WORD...`, each further one a text, which goes to everybody else who
 * follows a word of it. What one turn of the event loop brings is one write a reader.
 */
interface Reader {
  readonly id: number;
  readonly socket: Socket;
  unfinished: string;
  isKnown: boolean;
  /** Waits for the end of this turn of the event loop. */
  readonly pieces: Buffer[];
}

const readers: Reader[] = [];
const followersOf = new Map<string, number[]>();
/** By reader: the text that it got last. */
const marks = new Uint32Array(1 << 16);
let mark = 0;
let touched: Reader[] = [];
const answer = Buffer.from('+\n');

function deliver(sender: Reader, text: string): void {
  mark++;
  marks[sender.id] = mark;
  let frame: Buffer | undefined;
  for (const word of text.split(' ')) {
    const ids = followersOf.get(word);
    if (ids === undefined) continue;
    frame ??= Buffer.from(`${text}\n`, 'latin1');
    for (const id of ids) {
      const reader = readers[id];
      if (marks[id] === mark || reader === undefined) continue;
      marks[id] = mark;
      send(reader, frame);
    }
  }
}

function send(reader: Reader, frame: Buffer): void {
  if (touched.length === 0) setImmediate(flush);
  if (reader.pieces.length === 0) touched.push(reader);
  reader.pieces.push(frame);
}

function flush(): void {
  for (const { socket, pieces } of touched) {
    socket.write(pieces.length === 1 ? (pieces[0] ?? '') : Buffer.concat(pieces));
    pieces.length = 0;
  }
  touched = [];
}

function onData(reader: Reader, bytes: Buffer): void {
  const lines = (reader.unfinished + bytes.toString('latin1')).split('\n');
  reader.unfinished = lines.pop() ?? '';
  for (const line of lines) {
    if (reader.isKnown) deliver(reader, line);
    else for (const word of line.split(' ').slice(1)) follow(reader, word);
    reader.isKnown = true;
    send(reader, answer);
  }
}

function follow({ id }: Reader, word: string): void {
  const ids = followersOf.get(word);
  if (ids === undefined) followersOf.set(word, [id]);
  else ids.push(id);
}

const server = createServer({ noDelay: true }, (socket) => {
  const reader: Reader = { id: readers.length, socket, unfinished: '', isKnown: false, pieces: [] };
  readers.push(reader);
  socket.on('error', () => {});
  socket.on('data', (bytes) => onData(reader, Buffer.from(bytes)));
});
server.listen({ host: '127.0.0.1', port: 0, backlog: 4096 }, () => {
  const address = server.address();
  process.stdout.write(`${typeof address === 'object' ? address?.port : ''}\n`);
});
