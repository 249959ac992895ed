import { hasControlCharacter, quoteShort } from '../protocol/text.ts';
import type { ChatAddress } from '../transport/address.ts';
import { type Report, usage } from './report.ts';

/** A server as the courses' clients are told of it, host and port apart, as they were typed. */
export interface ServerOptions {
  readonly host: string;
  readonly port: string;
}

/** The address of that server, or what the user is told when it is none. */
export function readServerAddress({ host, port }: ServerOptions): ChatAddress | Report {
  const number = /^[0-9]{1,5}$/.test(port) ? Number(port) : 0;
  if (host === '' || /\s/u.test(host) || hasControlCharacter(host)) {
    return usage(`${quoteShort(host)} is not a host`);
  }
  if (number < 1 || number > 65_535) return usage(`${quoteShort(port)} is not a port from 1 to 65535`);
  return { host, port: number };
}
