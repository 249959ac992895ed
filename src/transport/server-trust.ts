import type { ChatAddress } from './address.ts';

/** What a server has shown of itself in a handshake; it has proven that it holds the private key. */
export interface ShownServer {
  readonly address: ChatAddress;
  /** SHA-256 of its public key (SubjectPublicKeyInfo in DER): 64 hexadecimal digits in lower case. */
  readonly keySha256: string;
  /** Undefined for a transport that has bare keys, which nobody vouches for: UDP. */
  readonly certificate: ShownCertificate | undefined;
}

/** The certificate that a TLS server has shown. */
export interface ShownCertificate {
  /** Whether an authority that this system trusts vouches for it; undefined when that was not checked. */
  readonly isVouchedFor: boolean | undefined;
  /** Whether it is for the host of the address; only meaningful when somebody vouches for it. */
  readonly isForHost: boolean;
  /** The hosts that it is for, as Node shows them: `DNS:localhost, IP Address:127.0.0.1`. */
  readonly hosts: string;
  /** Milliseconds since 1970. */
  readonly validFromMs: number;
  readonly validToMs: number;
}

/** Decides whether a server is the right one. */
export interface ServerTrust {
  /** Whether a key of the server at `address` is known, so that the authorities, which take long to load, do not matter. */
  hasKey(address: ChatAddress): Promise<boolean>;
  /**
   * Rejects with the reason, for people, when it is not. `undecided`, only for a certificate that was not checked: ask
   * again with `isVouchedFor`.
   */
  check(shown: ShownServer): Promise<'trusted' | 'undecided'>;
}
