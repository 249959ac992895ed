/** The package's entry point, `import … from 'earshot'`: the client library. */
export type {
  Address,
  AttachedFile,
  ByteBlob,
  ByteStream,
  ChatAttachment,
  ChatMessage,
  Client,
  ClientEvent,
  ClientEvents,
  ConnectOptions,
  Device,
  Dial,
  Entry,
  ErrorDecision,
  FileAudience,
  FileContent,
  Gap,
  HandleOptions,
  Handler,
  History,
  HistoryOptions,
  NameStatus,
  Place,
  PlaceStore,
  Said,
  SendOptions,
  Sent,
  SentFile,
  TransferOptions,
} from './client/client.ts';
export type { LookUpOptions } from './client/connect/ask-once.ts';
export {
  ConnectError,
  type ConnectProblem,
  FileError,
  LostError,
  type LostProblem,
  RefusedError,
  UnsupportedError,
  UntrustedServerError,
} from './client/errors.ts';
export { connect, lookUp, online } from './client-node/connect.ts';
export type { Clock, Timer } from './scheduling/clock.ts';
export type { ChatAddress } from './transport/address.ts';
export type { Connection, ConnectionHandlers } from './transport/connection.ts';
