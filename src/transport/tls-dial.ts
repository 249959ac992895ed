import { createHash } from 'node:crypto';
import { isIP } from 'node:net';
import * as tls from 'node:tls';
import type { ChatAddress } from './address.ts';
import type { Connection } from './connection.ts';
import type { ServerTrust, ShownServer } from './server-trust.ts';
import { SocketConnection } from './socket-connection.ts';
import { tlsCiphers } from './tls-ciphers.ts';

/**
 * Connects by TLS. Rejects with the system's error when that fails, with that of `trust` when the server is not the
 * right one, or with the reason of `signal` when that aborts first. Nothing of the chat is sent before the decision.
 */
export async function dialTls(
  address: ChatAddress,
  trust: ServerTrust,
  signal?: AbortSignal,
): Promise<Connection> {
  const first = await dialWith(address, trust, signal, !(await trust.hasKey(address)));
  return first ?? (await dialWith(address, trust, signal, true)) ?? Promise.reject(new Error('undecided'));
}

async function dialWith(
  address: ChatAddress,
  trust: ServerTrust,
  signal: AbortSignal | undefined,
  isChecked: boolean,
): Promise<Connection | undefined> {
  signal?.throwIfAborted();
  const { host, port } = address;
  const socket = tls.connect({
    ...{ host, port, allowHalfOpen: true, ALPNProtocols: ['chat'] },
    // A name only: TLS has no field for addresses.
    servername: isIP(host) === 0 ? host : '',
    secureContext: isChecked ? contextWithRoots() : contextWithoutRoots(),
    // The server is examined by `trust`, which may know its key.
    rejectUnauthorized: false,
  });
  socket.setNoDelay(true);
  const { promise: failed, reject: fail } = Promise.withResolvers<never>();
  const onError = (error: Error): void => fail(inWords(error));
  const onAbort = (): void => fail(signal?.reason);
  socket.on('error', onError);
  signal?.addEventListener('abort', onAbort);
  try {
    const isSecure = new Promise<void>((resolve) => socket.once('secureConnect', resolve));
    await Promise.race([isSecure, failed]);
    const shown = shownBy(socket, address, isChecked);
    if ((await Promise.race([trust.check(shown), failed])) === 'trusted') {
      socket.off('error', onError);
      return new SocketConnection(socket);
    }
    socket.destroy();
    return undefined;
  } catch (error) {
    socket.destroy();
    throw error;
  } finally {
    signal?.removeEventListener('abort', onAbort);
  }
}

function shownBy(socket: tls.TLSSocket, address: ChatAddress, isChecked: boolean): ShownServer {
  const certificate = socket.getPeerX509Certificate();
  if (certificate === undefined) throw new Error('the server showed no certificate');
  const { publicKey, validFrom, validTo, subjectAltName = 'no host' } = certificate;
  const problem = codeOf(socket.authorizationError);
  const isForHost = problem !== 'ERR_TLS_CERT_ALTNAME_INVALID';
  return {
    address,
    keySha256: createHash('sha256')
      .update(publicKey.export({ type: 'spki', format: 'der' }))
      .digest('hex'),
    certificate: {
      isVouchedFor: isChecked ? socket.authorized || !isForHost : undefined,
      isForHost,
      hosts: subjectAltName,
      validFromMs: Date.parse(validFrom),
      validToMs: Date.parse(validTo),
    },
  };
}

/** Node's types say that it is an Error; it is the error's code. */
function codeOf(error: unknown): string {
  if (typeof error === 'string') return error;
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}

const settings = { minVersion: 'TLSv1.2', ciphers: tlsCiphers } as const;
let withoutRoots: tls.SecureContext | undefined;
let withRoots: tls.SecureContext | undefined;

function contextWithoutRoots(): tls.SecureContext {
  withoutRoots ??= tls.createSecureContext({ ...settings, ca: [] });
  return withoutRoots;
}

/** The authorities of Node and those of the system, to which its administrator can add. Takes 0.1 s, once. */
function contextWithRoots(): tls.SecureContext {
  const ofBoth = (['default', 'system'] as const).flatMap((kind) => tls.getCACertificates?.(kind) ?? []);
  withRoots ??= tls.createSecureContext({
    ...settings,
    ...(ofBoth.length > 0 && { ca: [...new Set(ofBoth)] }),
  });
  return withRoots;
}

const noTls = 'what listens there does not speak TLS; without encryption, its address begins with chat://';

const words: Readonly<Record<string, string>> = {
  ERR_SSL_WRONG_VERSION_NUMBER: noTls,
  ERR_SSL_PACKET_LENGTH_TOO_LONG: noTls,
  ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION: 'it speaks no version of TLS from 1.2 on',
  ERR_SSL_UNSUPPORTED_PROTOCOL: 'it speaks no version of TLS from 1.2 on',
};

function inWords(error: Error): Error {
  const problem = words[codeOf(error)];
  if (problem !== undefined) return new Error(problem, { cause: error });
  // The end of the connection in a handshake has the code of a reset, which says less.
  if (/before secure TLS connection/.test(error.message)) {
    return new Error('the connection ended before it was encrypted', { cause: error });
  }
  return error;
}
