import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';

/** A CHAT/1.0 server from docs/protocol.md alone, as small as can be: it stands in for those of others. */
export async function startStandIn() {
  const clients = new Map<string, { readonly socket: Socket; readonly terms: Set<string> }>();
  const lines: string[] = []; // every line that any client sent, its bytes as they were (latin1)
  async function serve(socket: Socket): Promise<unknown> {
    const name = /^REGISTER (\w+) CHAT\/1\.0$/.exec(await nextLine(socket, lines))?.[1];
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
      const text = (await nextLine(socket, lines)).replace(`@${name}: `, '');
      const [verb, file, ...keys] = text.split(' ');
      if (verb === 'DISCONNECT') return socket.end();
      if (verb === '!exit') return socket.end('DISCONNECT CHAT/1.0\n');
      if (verb === 'Follow:') for (const term of text.slice(8).split(',')) terms.add(term);
      else if (verb === '!list') socket.write(`${[...clients.keys()].join(', ')}\n`);
      else if (verb === '!attach') {
        socket.write(`ATTACH ${file} CHAT/1.0\n`);
        const length = Number((await nextLine(socket, lines)).replace('Content-Length: ', ''));
        const notice = `ATTACHMENT ${file} CHAT/1.0\nOrigin: ${name}\nContent-Length: ${length}\n`;
        const bytes = await nextBytes(socket, length);
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

/** Exactly `count` bytes; waits for ever when the client has gone. */
async function nextBytes(socket: Socket, count: number): Promise<Buffer> {
  for (let bytes: Buffer | null = null; count > 0; await once(socket, 'readable')) {
    bytes = socket.read(count);
    if (bytes !== null) return bytes;
  }
  return Buffer.alloc(0);
}

async function nextLine(socket: Socket, lines: string[]): Promise<string> {
  let line = '';
  for (let next = ''; next !== '\n'; next = (await nextBytes(socket, 1)).toString('latin1')) line += next;
  lines.push(line);
  return line;
}
