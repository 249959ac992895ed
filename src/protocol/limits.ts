/**
 * Every limit of earshot, each with its unit in its name; docs/operating.md holds the same table and a test
 * keeps the two equal. `wireLimits` belong to the protocols and cannot be changed; `defaultLimits` can, with
 * `--limit name=value`.
 */
export const wireLimits = {
  /** A user name (CS3560: "more than 20 characters" is an error). */
  nameCharacters: 20,
  /**
   * One message (CS3560: "more than 65535 characters" is an error), in code points: see `isTextTooLong`. The readers of
   * lines and parcels bound the bytes before that.
   */
  textCharacters: 65_535,
  /** The same text at four bytes a code point. */
  textBytes: 4 * 65_535,
  /** A line that carries a text: four bytes a code point, and room for `@name: !msg name ` in front of it. */
  lineBytes: 4 * 65_535 + 256,
  /** A term, with the quotation marks of a phrase. */
  termCharacters: 64,
  /** A phrase has from 2 to so many words. */
  phraseWords: 8,
  /** Forms of words by which one text can be found (a word with punctuation has several); the first ones count. */
  textKeys: 16_384,
  /** The header block after CHAT/1.0's REGISTER: room for all terms a user may follow, at four bytes a character. */
  registerBlockBytes: 64 * 1024,
  /** CHAT/1.1: a start line and its headers. */
  headerBlockBytes: 8 * 1024,
  /** The same from a server, with room for the longest list of terms that a message can match. */
  serverHeaderBlockBytes: 64 * 1024,
  headers: 64,
  idCharacters: 64,
  /** Maximum size of a piece of a file. */
  pieceBytes: 64 * 1024,
  /** A list of names or terms. */
  listBytes: 1024 * 1024,
  fileNameBytes: 255,
  historyLines: 200,
  /** Length of a password, in code points of its NFC form. */
  passwordLeastCharacters: 8,
  passwordCharacters: 256,
} as const;

export const defaultLimits = {
  /** The first line of a connection, and the time-out for it. */
  loginLineBytes: 1024,
  loginMs: 30_000,
  /** The time-out for a TLS handshake, from its first byte. */
  handshakeMs: 10_000,
  /** Everything that a CHAT/1.1 client sends before it is logged in. */
  loginBytes: 8 * 1024,
  loginLines: 20,
  /** Idle time-out: a CHAT/1.1 client that sends nothing for this long, not even a heartbeat, is disconnected. */
  silenceMs: 90_000,
  /** Grace period to reconnect: how long the place of a CHAT/1.1 guest is kept after the connection broke. */
  guestKeptMs: 60_000,
  /** Such places for one address (eight times as many for this machine), and in all; the oldest is dropped first. */
  guestPlacesPerAddress: 16,
  guestPlaces: 1_000,
  /** Time-out for the header block of a login. */
  headerBlockMs: 5_000,
  followTerms: 200,
  /** How many of them may be phrases. */
  followPhrases: 20,
  /** Bytes queued for one reader before it must catch up from the log, and for all readers together. */
  outboxBytes: 256 * 1024,
  allOutboxesBytes: 256 * 1024 * 1024,
  /** A reader that lags, or leaves its responses, is closed when it takes fewer than these bytes in this time. */
  lagStallMs: 30_000,
  lagStallBytes: 4096,
  /** Messages of one connection that may wait for the disk; while there are as many, its socket is not read. */
  inFlightMessages: 256,
  inFlightBytes: 1024 * 1024,
  /**
   * Rate limit of one connection: requests at once, and then a second. Messages and pieces of files do not count; they
   * have limits of their own. 0 a second is no limit. A long answer counts as several, a stranger's request as twenty.
   */
  requestBurst: 500,
  requestsPerSecond: 100,
  /** The same for all connections of an address together; here a stranger's request counts as one. */
  addressRequestBurst: 5_000,
  addressRequestsPerSecond: 500,
  /** A verbs client that is not logged in and sends nothing for this long is disconnected. A person types there. */
  strangerSilenceMs: 300_000,
  /** Received bytes that are not read yet, of all connections; beyond that no line may grow past `loginLineBytes`. */
  allInputsBytes: 64 * 1024 * 1024,
  /** Messages a user may send at once; the steady rate is `--message-rate`. */
  messageBurst: 20,
  /** Bytes of messages (UTF-16 units count 2) that a user, or a connection, may send at once, and then a second. */
  messageBytesBurst: 256 * 1024,
  messageBytesPerSecond: 64 * 1024,
  /** What one address (an IPv4 address, an IPv6 /64) may send, under whatever names; messages beyond that wait. */
  addressMessageBurst: 200,
  addressMessagesPerSecond: 50,
  addressBytesBurst: 2 * 1024 * 1024,
  addressBytesPerSecond: 256 * 1024,
  /** This machine may send this many times as much as another address: tunnels and proxies end here. */
  loopbackFactor: 8,
  /** Messages of all connections that may wait for their rate or the disk; further ones are refused. */
  waitingMessages: 100_000,
  waitingMessageBytes: 128 * 1024 * 1024,
  /** How long a user's messages over the rate may be delayed in total; further ones are refused. */
  rateDelayMs: 5_000,
  /** 1: the next two limits hold for peers on this machine as they are; 0: with higher figures. */
  limitLoopback: 0,
  connectionsPerAddress: 64,
  unregisteredConnections: 200,
  connections: 10_000,
  /** Idle time after which the system probes a silent connection (TCP keepalive). */
  keepAliveMs: 60_000,
  /** The cost of hashing a password (argon2id), how many are hashed at once, and how many may wait. */
  passwordHashKiB: 19_456,
  passwordHashPasses: 2,
  passwordHashes: 2,
  passwordHashesWaiting: 1024,
  passwordHashesWaitingPerAddress: 8,
  /** How many of those waiting may be for new accounts: logins go first. */
  passwordCreationsWaiting: 8,
  /** Accounts created from one address (eight times as many from this machine), and in all. */
  accountsPerAddressPerHour: 10,
  accountsPerHour: 200,
  /** Wrong passwords for an account from an address in this time before the next must wait, and how long: doubling. */
  loginFailures: 5,
  loginFailuresMs: 15 * 60_000,
  loginWaitMs: 1_000,
  loginMostWaitMs: 15 * 60_000,
  /** Wrong passwords from an address in this time, for any accounts, before it must wait, and how long. */
  addressFailures: 20,
  addressFailuresMs: 10 * 60_000,
  addressWaitMs: 60 * 60_000,
  /** Addresses, and pairs of account and address, whose failures are remembered. */
  loginTableEntries: 65_536,
  tokensPerAccount: 32,
  /** An unused token expires after this time; its last use is recorded with this precision. */
  tokenIdleDays: 30,
  tokenTouchMs: 60 * 60_000,
  /** Ended follows that are kept for an account's history. */
  endedFollowsKept: 4096,
  /** How often the server polls for what `earshot passwd` and `earshot tokens` changed. */
  accountsPollMs: 2_000,
  attachmentBytes: 100 * 1024 * 1024,
  attachmentBytesPerDay: 1024 * 1024 * 1024,
  /** The same for an address, under whatever names. */
  attachmentBytesPerAddressPerDay: 4 * 1024 * 1024 * 1024,
  attachmentsPerAddressPerDay: 10_000,
  attachmentsQueued: 16,
  /** CHAT/1.1: concurrent uploads of one user, and how long one is kept that receives no byte. */
  uploadsPerUser: 2,
  uploadKeepMs: 60 * 60_000,
  attachmentKeepDays: 30,
  /** Free space below which messages are refused, so that accounts and the operator have some. */
  messageReserveBytes: 64 * 1024 * 1024,
  /** Free space that attachments never touch. */
  diskReserveBytes: 1024 * 1024 * 1024,
  /** How long the server waits for `Content-Length:` after it asked for a file. */
  attachmentOfferMs: 10_000,
  /** How long an upload may go without a byte. */
  uploadStallMs: 30_000,
  /** Silence after a file, for clients that read whole blocks (asn3's reference client). */
  afterFileMs: 150,
  /** How long the server still reads a refused connection, so that the peer sees the refusal and not a reset. */
  lingerMs: 1_000,
  /** How long a stopping server waits for work in progress. */
  shutdownMs: 8_000,
} as const;

export type LimitName = keyof typeof defaultLimits;
export type Limits = { readonly [name in LimitName]: number };
