/**
 * Every limit of earshot, each with its unit in its name; docs/operating.md holds the same table and a test
 * keeps the two equal. `wireLimits` belong to the protocols and cannot be changed; `defaultLimits` can, with
 * `--limit name=value`.
 */
export const wireLimits = {
  /** A user name (CS3560: "more than 20 characters" is an error). */
  nameCharacters: 20,
  /** One message (CS3560: "more than 65535 characters" is an error), in code points. */
  textCharacters: 65_535,
  /** The same text at four bytes a code point. */
  textBytes: 4 * 65_535,
  /** A line that carries a text: four bytes a code point, and room for `@name: !msg name ` in front of it. */
  lineBytes: 4 * 65_535 + 256,
  termCharacters: 64,
  /** Forms of words by which one text can be found (a word with punctuation has several); the first ones count. */
  textKeys: 16_384,
  /** The block behind CHAT/1.0's REGISTER: as many terms as may be followed, of four bytes a character. */
  registerBlockBytes: 64 * 1024,
  /** CHAT/1.1: a start line and its headers. */
  headerBlockBytes: 8 * 1024,
  /** The same of a server, with room for the longest list of terms that a message can meet. */
  serverHeaderBlockBytes: 64 * 1024,
  headers: 64,
  idCharacters: 64,
  /** The bytes of a file that travel in one piece. */
  pieceBytes: 64 * 1024,
  /** A list of names or terms. */
  listBytes: 1024 * 1024,
  fileNameBytes: 255,
  historyLines: 200,
  /** Of a password, in code points of its NFC form. */
  passwordLeastCharacters: 8,
  passwordCharacters: 256,
} as const;

export const defaultLimits = {
  /** The first line of a connection, and the time until it has come. */
  loginLineBytes: 1024,
  loginMs: 30_000,
  /** Everything that a CHAT/1.1 client says before it is logged in. */
  loginBytes: 8 * 1024,
  loginLines: 20,
  /** A CHAT/1.1 client that says nothing for so long is dropped. */
  silenceMs: 90_000,
  /** How long the place of a CHAT/1.1 guest is kept whose connection broke. */
  guestKeptMs: 60_000,
  /** Such places from one address (eight times as many on this machine), and in all: the oldest goes first. */
  guestPlacesPerAddress: 16,
  guestPlaces: 1_000,
  /** The time until the header block of a login has come. */
  headerBlockMs: 5_000,
  followTerms: 200,
  /** Bytes held for one reader before it is left to catch up from the log, and for all readers together. */
  outboxBytes: 256 * 1024,
  allOutboxesBytes: 256 * 1024 * 1024,
  /** A reader that lags, or leaves its answers, and takes less than so many bytes in so long is closed. */
  lagStallMs: 30_000,
  lagStallBytes: 4096,
  /** Messages of one connection that wait for the disk before its socket is left unread. */
  inFlightMessages: 256,
  inFlightBytes: 1024 * 1024,
  /**
   * Requests of one connection at once, and then a second: all but messages and pieces of files, which have budgets of
   * their own. 0 a second is no limit. A long answer counts for several, and a stranger's request for twenty.
   */
  requestBurst: 500,
  requestsPerSecond: 100,
  /** The same of all connections of an address together, in which a stranger's request counts like any other. */
  addressRequestBurst: 5_000,
  addressRequestsPerSecond: 500,
  /** A verbs client that is not logged in and says nothing for so long is dropped. Somebody types there. */
  strangerSilenceMs: 300_000,
  /** Bytes that have come and are not read, of all connections: beyond it no line may grow past `loginLineBytes`. */
  allInputsBytes: 64 * 1024 * 1024,
  /** Messages a user may send at once; the steady rate is `--message-rate`. */
  messageBurst: 20,
  /** Bytes of messages (UTF-16 units count 2) that a user, or a connection, may send at once, and then a second. */
  messageBytesBurst: 256 * 1024,
  messageBytesPerSecond: 64 * 1024,
  /** What one address (an IPv4 address, an IPv6 /64) may send, whatever names it takes; beyond it messages wait. */
  addressMessageBurst: 200,
  addressMessagesPerSecond: 50,
  addressBytesBurst: 2 * 1024 * 1024,
  addressBytesPerSecond: 256 * 1024,
  /** How many times as much this machine may send as an address: tunnels and proxies are this machine. */
  loopbackFactor: 8,
  /** Messages of all connections that wait for their rate or the disk before further ones are refused. */
  waitingMessages: 100_000,
  waitingMessageBytes: 128 * 1024 * 1024,
  /** How long a user's messages over the rate are held back, in all, before more of them are refused. */
  rateDelayMs: 5_000,
  /** Whether the next two limits hold for peers on this machine as they are: 1; or with higher figures: 0. */
  limitLoopback: 0,
  connectionsPerAddress: 64,
  unregisteredConnections: 200,
  connections: 10_000,
  /** Idle time after which the system probes a silent connection (TCP keepalive). */
  keepAliveMs: 60_000,
  /** What hashing a password costs (argon2id), how many are hashed at once, and how many may wait for it. */
  passwordHashKiB: 19_456,
  passwordHashPasses: 2,
  passwordHashes: 2,
  passwordHashesWaiting: 1024,
  passwordHashesWaitingPerAddress: 8,
  /** Those of new accounts among them: logins go first. */
  passwordCreationsWaiting: 8,
  /** Accounts made from one address (eight times as many on this machine), and in all. */
  accountsPerAddressPerHour: 10,
  accountsPerHour: 200,
  /** Wrong passwords for an account from an address before the next has to wait, and how long it does: doubling. */
  loginFailures: 5,
  loginFailuresMs: 15 * 60_000,
  loginWaitMs: 1_000,
  loginMostWaitMs: 15 * 60_000,
  /** Wrong passwords from an address, whatever the account, before it has to wait. */
  addressFailures: 20,
  addressFailuresMs: 10 * 60_000,
  addressWaitMs: 60 * 60_000,
  /** Addresses, and accounts with addresses, of which failures are remembered. */
  loginTableEntries: 65_536,
  tokensPerAccount: 32,
  /** How long a token lasts that nobody uses, and how exactly its last use is known. */
  tokenIdleDays: 30,
  tokenTouchMs: 60 * 60_000,
  /** Follows that have ended which are kept with an account, for its history. */
  endedFollowsKept: 4096,
  /** How often the server looks for what `earshot passwd` and `earshot tokens` did. */
  accountsPollMs: 2_000,
  attachmentBytes: 100 * 1024 * 1024,
  attachmentBytesPerDay: 1024 * 1024 * 1024,
  /** The same of an address, whatever names it takes. */
  attachmentBytesPerAddressPerDay: 4 * 1024 * 1024 * 1024,
  attachmentsPerAddressPerDay: 10_000,
  attachmentsQueued: 16,
  /** CHAT/1.1: uploads of one user side by side, and how long one is kept that no byte comes for. */
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
  /** How long a refused connection is read on, so that its peer sees the refusal and not a reset. */
  lingerMs: 1_000,
  /** How long a server that was told to stop waits for what is under way. */
  shutdownMs: 8_000,
} as const;

export type LimitName = keyof typeof defaultLimits;
export type Limits = { readonly [name in LimitName]: number };
