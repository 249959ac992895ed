/** The program's exit codes. The numbers are those of BSD's sysexits; docs/operating.md lists them for users. */
export const exitCodes = {
  ok: 0,
  /** A client was refused, or lost its server, or something that it was told to do was not done. */
  refused: 1,
  /** The command line is wrong. */
  usage: 64,
  /** There is no such account, or token. */
  noUser: 67,
  /** The server cannot be reached, or cannot listen on its address. */
  unavailable: 69,
  /** A bug. */
  internal: 70,
  /** The data folder cannot be used. */
  noData: 73,
  /** The storage failed while running; or a file that a client has to write could not be written. */
  storage: 74,
  /** Another server holds the data folder. */
  dataInUse: 75,
  /** The settings file is wrong. */
  settings: 78,
  /** `tail`, `list`, `history`: nobody reads the output any more. As a shell reports a program that SIGPIPE ended. */
  nobodyReads: 141,
} as const;
