import type { ChatAddress } from '../../transport/address.ts';
import type { Connection } from '../../transport/connection.ts';
import { BrowserSocket } from './browser-socket.ts';

const subprotocol = 'chat.1.1';

/** The scheme of addresses for `dialWeb`: `ws` or `wss`. */
export function webAddress({
  protocol,
  hostname,
  port,
}: Pick<URL, 'protocol' | 'hostname' | 'port'>): ChatAddress {
  const isSecure = protocol === 'https:';
  const host = hostname.startsWith('[') ? hostname.slice(1, -1) : hostname;
  return { scheme: isSecure ? 'wss' : 'ws', host, port: Number(port) || (isSecure ? 443 : 80) };
}

/** Opens a WebSocket to the server at `address`. Rejects with an error for people when that fails. */
export function dialWeb(
  { scheme = 'ws', host, port }: ChatAddress,
  signal: AbortSignal,
): Promise<Connection> {
  const name = host.includes(':') ? `[${host}]` : host;
  const socket = new WebSocket(`${scheme}://${name}:${port}/chat`, subprotocol);
  return new Promise((resolve, reject) => {
    const giveUp = (): void => {
      socket.close();
      reject(signal.reason);
    };
    const fail = (): void => {
      signal.removeEventListener('abort', giveUp);
      reject(new Error('the server cannot be reached'));
    };
    socket.addEventListener('open', () => {
      signal.removeEventListener('abort', giveUp);
      socket.removeEventListener('close', fail);
      resolve(new BrowserSocket(socket));
    });
    socket.addEventListener('close', fail);
    signal.addEventListener('abort', giveUp, { once: true });
    if (signal.aborted) giveUp();
  });
}
