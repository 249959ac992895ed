/** What a server counted on one socket since it began to listen, over all its associations, open and gone. */
export interface UdpCounts {
  /** Open now. */
  readonly associations: number;
  /** Packets of associations. */
  readonly sentPackets: number;
  readonly receivedPackets: number;
  /** Packets that were taken for lost; some arrive later. */
  readonly lostPackets: number;
  /** Bytes of streams that were sent another time. */
  readonly bytesSentAgain: number;
  /** Well-formed HELLOs. */
  readonly hellos: number;
  /** Answers that demand a cookie. */
  readonly retries: number;
  /** Handshakes that became an association. */
  readonly handshakes: number;
  /** Stateless resets that were sent. */
  readonly resets: number;
  /** Datagrams that were dropped: of no known form. */
  readonly malformed: number;
  /** Dropped: the peer of the association did not seal them. */
  readonly unsealed: number;
  /** Dropped: they came before, or are too old to tell. */
  readonly repeated: number;
  /** Dropped: of no association that is known. */
  readonly unknown: number;
  /** Dropped: HELLOs beyond the number that are looked at, in all or from one address. */
  readonly tooMany: number;
}

export const noCounts: UdpCounts = {
  associations: 0,
  sentPackets: 0,
  receivedPackets: 0,
  lostPackets: 0,
  bytesSentAgain: 0,
  hellos: 0,
  retries: 0,
  handshakes: 0,
  resets: 0,
  malformed: 0,
  unsealed: 0,
  repeated: 0,
  unknown: 0,
  tooMany: 0,
};

/** The same, to count in. */
export type Counting = { -readonly [Name in keyof UdpCounts]: UdpCounts[Name] };

export function sumOfCounts(all: Iterable<Partial<UdpCounts>>): UdpCounts {
  const sum: Counting = { ...noCounts };
  for (const counts of all) {
    for (const name of Object.keys(noCounts) as (keyof UdpCounts)[]) sum[name] += counts[name] ?? 0;
  }
  return sum;
}
