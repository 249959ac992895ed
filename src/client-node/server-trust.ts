import { UntrustedServerError } from '../client/errors.ts';
import { quoteShort } from '../protocol/text.ts';
import type { Clock } from '../scheduling/clock.ts';
import { type ChatAddress, formatChatAddress } from '../transport/address.ts';
import type { ServerTrust, ShownCertificate, ShownServer } from '../transport/server-trust.ts';
import { type KnownKey, type KnownServers, serverOf } from './known-servers.ts';

/**
 * Decides by the key in the address, if it names one; else by the system's authorities; else by the key that is known.
 * An address or a person that names a key means that key: then the certificate's dates and hosts do not matter.
 */
export function serverTrust(known: KnownServers, clock: Pick<Clock, 'nowMs'>): ServerTrust {
  return {
    async hasKey(address) {
      return address.keySha256 !== undefined || (await known.keyOf(address)) !== undefined;
    },
    async check(shown) {
      const { address, keySha256, certificate } = shown;
      if (address.keySha256 !== undefined) {
        if (address.keySha256 === keySha256) return 'trusted';
        throw untrusted(shown, otherThanNamed(shown, address.keySha256));
      }
      const key = await known.keyOf(address);
      if (key?.keySha256 === keySha256) return 'trusted';
      if (certificate !== undefined && certificate.isVouchedFor === undefined) return 'undecided';
      const problem = certificate && certificateProblem(address, certificate, clock.nowMs());
      if (certificate?.isVouchedFor === true && problem === undefined) return 'trusted';
      if (key !== undefined) throw untrusted(shown, changed(shown, key, known.path));
      if (problem !== undefined) throw untrusted(shown, problem);
      throw untrusted(shown, unknown(shown), true);
    },
  };
}

function untrusted(
  { keySha256 }: Pick<ShownServer, 'keySha256'>,
  problem: string,
  canAsk = false,
): UntrustedServerError {
  return new UntrustedServerError(problem, keySha256, canAsk);
}

/** What is wrong with the certificate itself, whoever signed it. */
function certificateProblem(
  address: ChatAddress,
  shown: ShownCertificate,
  nowMs: number,
): string | undefined {
  const { isVouchedFor, isForHost, hosts, validFromMs, validToMs } = shown;
  const where = formatChatAddress(address);
  if (nowMs > validToMs) {
    return `the certificate of ${where} expired on ${dayOf(validToMs)}; whoever runs the server must renew it`;
  }
  if (nowMs < validFromMs) {
    return (
      `the certificate of ${where} is not valid before ${dayOf(validFromMs)}, and this machine's clock says ` +
      `${dayOf(nowMs)}; correct the clock, or ask whoever runs the server`
    );
  }
  if (isVouchedFor !== true || isForHost) return undefined;
  const names = quoteShort(hosts.replaceAll(/DNS:|IP Address:/g, ''));
  return (
    `the certificate of ${where} is not for ${address.host} but for ${names}; use one of those names, or ` +
    `have whoever runs the server give you its fingerprint, for ${where}#sha256=…`
  );
}

function dayOf(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10);
}

function otherThanNamed({ address, keySha256 }: ShownServer, named: string): string {
  return (
    `${formatChatAddress(address)} does not have the key that its address names. It has sha256=${keySha256}, and the ` +
    `address says sha256=${named}. Somebody may be reading along, or the server has a new key: ask whoever runs it ` +
    'for its present address'
  );
}

function changed(
  { address, keySha256 }: ShownServer,
  { keySha256: was, line }: KnownKey,
  path: string,
): string {
  return (
    `${formatChatAddress(address)} has another key than before: sha256=${keySha256}. Somebody may be reading along, ` +
    'or the server has a new key: ask whoever runs it. If the new one is right, remove line ' +
    `${line} of ${path} (${serverOf(address)} sha256=${was}) and connect again`
  );
}

function unknown({ address, keySha256 }: ShownServer): string {
  const where = formatChatAddress(address);
  return (
    `no authority vouches for ${where}, and its key is not known here. If whoever runs the server gave you this ` +
    `fingerprint, use the address ${where}#sha256=${keySha256}, or connect once at a terminal and answer yes`
  );
}

/** The question for a person at a terminal. */
export function trustQuestion(address: ChatAddress, keySha256: string): string {
  return (
    `No authority vouches for ${formatChatAddress(address)}. The fingerprint of its key is sha256=${keySha256}. ` +
    'Compare it with what whoever runs the server gave you: on another one, somebody may be reading along.'
  );
}
