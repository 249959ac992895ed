import type { Connection } from '../../src/transport/connection.ts';
import { listenUdp } from '../../src/transport/udp/sockets/listen-udp.ts';

/** A server that sends each byte back to who sent it, on the real socket. Says its port, and ends with the bench. */
process.on('disconnect', () => process.exit());

const [host = '', isUnbounded] = process.argv.slice(2);
const settings = isUnbounded === 'true' ? { hellosFromOne: 1e9, hellosInAll: 1e9, hellosAtOnce: 1e9 } : {};

function echo(connection: Connection): void {
  const onData = (chunk: Uint8Array): void => connection.write(new Uint8Array(chunk));
  connection.attach({ onData, onDrain() {}, onEnd: () => connection.end(), onClose() {} });
}

const secret = new Uint8Array(32).fill(9);
const { port } = await listenUdp({ host, port: 0, secret, settings }, echo);
process.send?.(port);
