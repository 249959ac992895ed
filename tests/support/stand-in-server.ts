import { createServer, type Socket } from 'node:net';

/** A CHAT/1.0 server from docs/protocol.md alone, as small as can be: it stands in for those of others. */
export async function startStandIn() {
  const clients = new Map<string, { readonly socket: Socket; readonly terms: Set<string> }>();
  const lines: string[] = []; // every line that any client sent, its bytes as they were (latin1)
  async function serve(socket: Socket): Promise<unknown> {
    const peer = { chunks: socket[Symbol.asyncIterator](), held: Buffer.alloc(0) };
    const name = /^REGISTER (\w+) CHAT\/1\.0$/.exec(await nextLine(peer, lines))?.[1];
    if (name === undefined) return socket.end('400 Invalid registration\n');
    if (clients.has(name)) return socket.end('401 Client already registered\n');
    const terms = new Set([`@${name}`, '@all']);
    clients.set(name, { socket, terms });
    socket.once('close', () => clients.delete(name)).write('200 Registration successful\n');
    const sendTo = (keys: readonly string[], bytes: Buffer) => {
      const isHolder = (other: Set<string>) => [...keys, `@${name}`].some((key) => other.has(key));
      const others = [...clients.values()].filter((one) => one.terms !== terms && isHolder(one.terms));
      for (const one of others) one.socket.write(bytes);
    };
    for (;;) {
      const text = (await nextLine(peer, lines)).replace(`@${name}: `, '');
      const [verb, file, ...keys] = text.split(' ');
      if (verb === '!follow') {
        terms.add(file ?? '');
        socket.write(`Now following ${file}\n`);
        continue;
      }
      if (verb === 'DISCONNECT') return socket.end();
      if (verb === '!exit') return socket.end('DISCONNECT CHAT/1.0\n');
      if (verb === 'Follow:') for (const term of text.slice(8).split(',')) terms.add(term);
      else if (verb === '!list') socket.write(`${[...clients.keys()].join(', ')}\n`);
      else if (verb === '!attach') {
        socket.write(`ATTACH ${file} CHAT/1.0\n`);
        const length = Number((await nextLine(peer, lines)).replace('Content-Length: ', ''));
        const notice = `ATTACHMENT ${file} CHAT/1.0\nOrigin: ${name}\nContent-Length: ${length}\n`;
        const bytes = await nextBytes(peer, length);
        if (length >= 0) sendTo(keys, Buffer.concat([Buffer.from(notice), bytes]));
        if (length >= 0) socket.write(`Attachment ${file} attached and distributed\n`);
        else socket.write(`Error:  Attached file ${file} could not be sent\n`);
      } else if (text !== '') sendTo(text.split(' '), Buffer.from(`@${name}: ${text}\n`, 'latin1'));
    }
  }
  const server = createServer((socket) => void serve(socket).catch(() => socket.destroy()));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const bound = server.address();
  const drop = () => [...clients.values()].map(({ socket }) => socket.destroy());
  const port = typeof bound === 'object' ? bound?.port : bound;
  return { address: `chat://127.0.0.1:${port}`, clients, lines, drop, close: () => server.close() && drop() };
}

type Peer = { readonly chunks: AsyncIterator<Buffer>; held: Buffer };

async function nextBytes(peer: Peer, count: number): Promise<Buffer> {
  while (peer.held.length < count) peer.held = Buffer.concat([peer.held, (await peer.chunks.next()).value]);
  const bytes = peer.held.subarray(0, Math.max(count, 0));
  peer.held = peer.held.subarray(bytes.length);
  return bytes;
}

async function nextLine(peer: Peer, lines: string[]): Promise<string> {
  let line = '';
  for (let next = ''; next !== '\n'; next = (await nextBytes(peer, 1)).toString('latin1')) line += next;
  lines.push(line);
  return line;
}
