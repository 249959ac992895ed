import { ConnectError } from '../../client/errors.ts';
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

/** The longest reason of a refusal that is read, in bytes. */
const maxReasonBytes = 4_096;

/**
 * Opens a WebSocket to the server at `address`. Rejects with a `ConnectError` when the server refuses the address of
 * this browser, with another error for people when it cannot be reached.
 */
export async function dialWeb(
  { scheme = 'ws', host, port }: ChatAddress,
  signal: AbortSignal,
): Promise<Connection> {
  const place = `${host.includes(':') ? `[${host}]` : host}:${port}/chat`;
  const socket = await opened(`${scheme}://${place}`, signal);
  if (socket !== undefined) return new BrowserSocket(socket);
  const reason = await refusalOf(`${scheme === 'wss' ? 'https' : 'http'}://${place}`, signal);
  if (reason === undefined) throw new Error('the server cannot be reached');
  throw new ConnectError('refused', `the server refused: ${reason}`, { code: 423 });
}

/** A browser does not tell a page with what status a WebSocket was refused, but what it gets there without one. */
async function refusalOf(url: string, signal: AbortSignal): Promise<string | undefined> {
  try {
    const answer = await fetch(url, { cache: 'no-store', credentials: 'omit', signal });
    const isText = answer.headers.get('Content-Type')?.startsWith('text/plain') === true;
    const isShort = Number(answer.headers.get('Content-Length') ?? Number.NaN) <= maxReasonBytes;
    return answer.status === 423 && isText && isShort ? (await answer.text()).trim() : undefined;
  } catch {
    signal.throwIfAborted();
    return undefined;
  }
}

/** Resolves with undefined when no WebSocket is opened. */
function opened(url: string, signal: AbortSignal): Promise<WebSocket | undefined> {
  const socket = new WebSocket(url, subprotocol);
  return new Promise((resolve, reject) => {
    const giveUp = (): void => {
      socket.close();
      reject(signal.reason);
    };
    const fail = (): void => {
      signal.removeEventListener('abort', giveUp);
      resolve(undefined);
    };
    socket.addEventListener('open', () => {
      signal.removeEventListener('abort', giveUp);
      socket.removeEventListener('close', fail);
      resolve(socket);
    });
    socket.addEventListener('close', fail);
    signal.addEventListener('abort', giveUp, { once: true });
    if (signal.aborted) giveUp();
  });
}
