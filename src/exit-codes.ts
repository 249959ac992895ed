/** What the program ends with; the numbers are those of BSD's sysexits, the list is in docs/operating.md. */
export const exitCodes = {
  ok: 0,
  /** A client was refused, or lost its server. */
  refused: 1,
  /** The command line is wrong. */
  usage: 64,
  /** There is no such account, or token. */
  noUser: 67,
  /** The server cannot be reached, or its port cannot be had. */
  unavailable: 69,
  /** A bug. */
  internal: 70,
  /** The data folder cannot be used. */
  noData: 73,
  /** The storage failed while running. */
  storage: 74,
  /** Another server holds the data folder. */
  dataInUse: 75,
} as const;
