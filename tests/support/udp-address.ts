import assert from 'node:assert/strict';
import type { Server } from '../../src/server/server.ts';

/** The address at which clients reach a test server over UDP, with its key. */
export function udpAddressOf({ joinAddresses }: Pick<Server, 'joinAddresses'>): string {
  const found = joinAddresses.find((address) => address.startsWith('chat+udp://'));
  assert.ok(found !== undefined, 'the server listens over UDP');
  return found;
}
