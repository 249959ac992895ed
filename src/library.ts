/** What `import … from 'earshot'` gives: the client as a library. */
export type {
  Address,
  ChatAttachment,
  ChatMessage,
  Client,
  ClientEvent,
  ClientEvents,
  ConnectOptions,
  Dial,
  FileAudience,
  Gap,
  History,
  HistoryOptions,
  NameStatus,
  Said,
  Sent,
  SentFile,
  TransferOptions,
} from './client/client.ts';
export { connect, type LookUpOptions, lookUp } from './client/connect/connect.ts';
export {
  ConnectError,
  type ConnectProblem,
  FileError,
  LostError,
  type LostProblem,
  RefusedError,
  UnsupportedError,
} from './client/errors.ts';
export type { Clock, Timer } from './scheduling/clock.ts';
export type { ChatAddress } from './transport/address.ts';
export type { Connection, ConnectionHandlers } from './transport/connection.ts';
