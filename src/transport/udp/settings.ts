/**
 * Every number of the transport, in one place. Times are in milliseconds, sizes in bytes. The defaults are what
 * `defaultSettings` says; docs/udp.md explains them.
 */
export interface UdpSettings {
  /** Datagrams of this size pass on every path; larger ones are tried with probes. */
  readonly smallestDatagram: number;
  /** Sizes to try, the largest first; empty means no search. */
  readonly datagramSizes: readonly number[];
  /** Sizes to try before those when the peer is on this machine: each packet costs the same, however large. */
  readonly loopbackSizes: readonly number[];
  /** How long the search rests after large datagrams stopped passing. */
  readonly sizeSearchRestMs: number;
  /** The client's first wait for an answer to its HELLO; it doubles each time, up to a second. */
  readonly helloRetryMs: number;
  /** When the client gives up connecting, and the server forgets a client that did not finish. */
  readonly handshakeTimeoutMs: number;
  /** Unfinished handshakes that the server keeps before it demands cookies from everybody. */
  readonly maxUnfinished: number;
  /** HELLOs a second from one address before it needs a cookie. */
  readonly hellosPerSecond: number;
  /** HELLOs a second from one address that are looked at. */
  readonly hellosFromOne: number;
  /** HELLOs that are looked at, of all addresses, in a second and at once; as many again with a cookie. */
  readonly hellosInAll: number;
  readonly hellosAtOnce: number;
  /** How long a cookie is good. */
  readonly cookieLifeMs: number;
  /** Bytes that may go to an unproven address for each byte that came from it. */
  readonly amplification: number;
  /** Packets sealed under one key before the next key. AES-GCM is safe for 2^23 (RFC 9001, section 6.6). */
  readonly packetsPerKey: number;
  /** An end that hears nothing for so long closes. The smaller value of both ends counts. */
  readonly idleTimeoutMs: number;
  /** After so much silence a client with open streams asks for an answer; after twice as much again, and so on. */
  readonly firstKeepAliveMs: number;
  /** The longest silence without a question; 0 means that none is ever asked. */
  readonly keepAliveMs: number;
  /** A client that is told for so long that nobody listens, and hears nothing meanwhile, believes it. */
  readonly refusedMs: number;
  /** A server ends an association that has had no stream for so long. */
  readonly emptyTimeoutMs: number;
  /** Packets that arrive in between before an acknowledgement leaves at once. */
  readonly ackEvery: number;
  /** The longest wait with an acknowledgement. */
  readonly maxAckDelayMs: number;
  /** The same where only short packets came: nothing follows them, so nobody is held up by it. */
  readonly lineAckDelayMs: number;
  /** Ranges of packet numbers that one acknowledgement reports. */
  readonly ackRanges: number;
  /** Later packets that arrived before a missing one counts as lost. */
  readonly packetThreshold: number;
  /** A missing packet counts as lost after this many round trips. */
  readonly timeThreshold: number;
  /** Packets that a probe time-out sends; 0 switches it off. */
  readonly probePackets: number;
  /** The most copies of a short tail that follow it without waiting for its loss. */
  readonly tailCopies: number;
  /** Loss from which copies follow; and packets after which the loss is known. Before that they follow, too. */
  readonly copyLoss: number;
  readonly copyLossKnownAfter: number;
  /** So many follow that no greater share of tails is lost with all their copies. */
  readonly lostWithCopies: number;
  /** Whether to ignore loss that the path has without our doing, as TCP does. */
  readonly polite: boolean;
  /** Packets under way before anything is known of the path. */
  readonly initialWindowPackets: number;
  /** Credit for unread bytes that a stream begins with. */
  readonly initialCredit: number;
  /** What that credit may grow to. */
  readonly maxCredit: number;
  /** Credit beyond the initial one that all streams of an endpoint share. */
  readonly sharedCredit: number;
  /** A stream takes so many bytes more from its writer than it has sent. */
  readonly sendAhead: number;
  /** A stream with no more than this waiting goes before those with more. */
  readonly shortQueue: number;
  /** Streams that a client may have open at once. */
  readonly maxStreams: number;
  /** Associations that an endpoint keeps. */
  readonly maxAssociations: number;
}

export const defaultSettings: UdpSettings = {
  smallestDatagram: 1200,
  datagramSizes: [1472, 1452, 1412, 1372],
  loopbackSizes: [16_000],
  sizeSearchRestMs: 600_000,
  helloRetryMs: 300,
  handshakeTimeoutMs: 10_000,
  maxUnfinished: 64,
  hellosPerSecond: 10,
  hellosFromOne: 1000,
  hellosInAll: 8000,
  hellosAtOnce: 400,
  cookieLifeMs: 10_000,
  amplification: 3,
  packetsPerKey: 2 ** 22,
  idleTimeoutMs: 30_000,
  firstKeepAliveMs: 1000,
  keepAliveMs: 20_000,
  refusedMs: 3000,
  emptyTimeoutMs: 10_000,
  ackEvery: 8,
  maxAckDelayMs: 2,
  lineAckDelayMs: 8,
  ackRanges: 32,
  packetThreshold: 3,
  timeThreshold: 9 / 8,
  probePackets: 2,
  tailCopies: 4,
  copyLoss: 0.001,
  copyLossKnownAfter: 100,
  lostWithCopies: 0.002,
  polite: false,
  initialWindowPackets: 32,
  initialCredit: 512 * 1024,
  maxCredit: 16 * 1024 * 1024,
  sharedCredit: 256 * 1024 * 1024,
  sendAhead: 64 * 1024,
  shortQueue: 4096,
  maxStreams: 16,
  maxAssociations: 16_384,
};

/** Where randomness comes from: fills `bytes`. */
export type Random = (bytes: Uint8Array) => void;

/** Where an association's datagrams go. `bytes` belongs to the receiver of the call. */
export type Transmit = (bytes: Uint8Array, host: string, port: number) => void;
