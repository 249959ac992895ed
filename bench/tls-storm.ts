import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect as connectTls } from 'node:tls';

/**
 * A storm of TLS handshakes, in a process of its own: `tls-storm.ts STORM`, as JSON. Prints how long it took, in
 * milliseconds.
 */
export interface Storm {
  /**
   * `hellos` sends one client's first record from each connection and goes no further: all the work is the server's.
   * `plain` sends a byte that begins no TLS, and `nothing` does nothing, each about as long as a storm takes.
   */
  readonly kind: 'nothing' | 'plain' | 'hellos' | 'handshakes';
  readonly port: number;
  readonly handshakes: number;
}

const { kind, port, handshakes } = JSON.parse(process.argv[2] ?? '{}') as Storm;

/** What a client of TLS 1.3 sends first. */
async function recordedHello(): Promise<Buffer> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const client = connectTls({ port: typeof address === 'object' ? (address?.port ?? 0) : 0 });
  client.on('error', () => {});
  const [socket] = (await once(server, 'connection')) as [Socket];
  socket.on('error', () => {});
  const [hello] = await once(socket, 'data');
  socket.destroy();
  server.close();
  return hello;
}

async function sendHellos(hello: Buffer, isAnswered: boolean): Promise<void> {
  const sockets = await Promise.all(
    Array.from({ length: handshakes }, async () => {
      const socket = connect(port, '127.0.0.1');
      await once(socket, 'connect');
      return socket;
    }),
  );
  const beganMs = performance.now();
  await Promise.all(
    sockets.map(async (socket) => {
      socket.write(hello);
      await (isAnswered ? once(socket, 'data') : sleep(1_500));
    }),
  );
  process.stdout.write(`${Math.round(performance.now() - beganMs)}\n`);
  for (const socket of sockets) socket.destroy();
}

async function shakeHands(): Promise<void> {
  const beganMs = performance.now();
  const sockets = await Promise.all(
    Array.from({ length: handshakes }, async () => {
      const socket = connectTls({ port, host: '127.0.0.1', rejectUnauthorized: false });
      await once(socket, 'secureConnect');
      return socket;
    }),
  );
  process.stdout.write(`${Math.round(performance.now() - beganMs)}\n`);
  for (const socket of sockets) socket.destroy();
}

if (kind === 'hellos') await sendHellos(await recordedHello(), true);
else if (kind === 'plain') await sendHellos(Buffer.from('x'), false);
else if (kind === 'handshakes') await shakeHands();
else {
  await sleep(3_000);
  process.stdout.write('3000\n');
}
process.exit();
