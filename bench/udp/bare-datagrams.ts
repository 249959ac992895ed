import { createCipheriv, createDecipheriv, createSecretKey } from 'node:crypto';
import { createSocket, type RemoteInfo } from 'node:dgram';
import { once } from 'node:events';

/**
 * The floor of a transport over datagrams in Node: each write is sealed and sent as one datagram, and opened where it
 * arrives. No acknowledgement, nothing is sent again, no timer. Nobody can use it for anything.
 */
const algorithm = 'aes-128-gcm';
const tagBytes = 16;
const headBytes = 13;
const key = createSecretKey(Buffer.alloc(16, 5));
const options = { authTagLength: tagBytes } as const;

interface Writer {
  write(bytes: Uint8Array): void;
  readonly isFull: boolean;
}

/** Listens for clients, each of which announces itself with a datagram, and adds a writer for it. Returns the port. */
export async function sendBare(host: string, writers: Writer[]): Promise<number> {
  const socket = createSocket({ type: 'udp4', lookup: (address, _options, done) => done(null, address, 4) });
  let number = 0;
  socket.on('message', (_bytes: Buffer, { address, port }: RemoteInfo) => {
    const nonce = Buffer.alloc(12);
    writers.push({
      isFull: false,
      write(bytes) {
        nonce.writeUInt32BE(number++, 8);
        const packet = Buffer.allocUnsafe(headBytes + bytes.length + tagBytes);
        packet.fill(0, 0, headBytes);
        nonce.copy(packet, 1);
        const cipher = createCipheriv(algorithm, key, nonce, options);
        cipher.setAAD(packet.subarray(0, headBytes));
        packet.set(cipher.update(bytes), headBytes);
        cipher.final();
        packet.set(cipher.getAuthTag(), headBytes + bytes.length);
        socket.send(packet, port, address);
      },
    });
  });
  await new Promise<void>((resolve) => socket.bind(0, host, resolve));
  return socket.address().port;
}

/** Announces itself to `port`, and opens what comes. */
export async function receiveBare(
  host: string,
  port: number,
  take: (bytes: Uint8Array) => void,
): Promise<void> {
  const socket = createSocket('udp4');
  socket.on('message', (packet) => {
    const end = packet.length - tagBytes;
    const decipher = createDecipheriv(algorithm, key, packet.subarray(1, headBytes), options);
    decipher.setAAD(packet.subarray(0, headBytes));
    decipher.setAuthTag(packet.subarray(end));
    const bytes = decipher.update(packet.subarray(headBytes, end));
    decipher.final();
    take(bytes);
  });
  socket.connect(port, host);
  await once(socket, 'connect');
  socket.send(Buffer.from('here'));
}
