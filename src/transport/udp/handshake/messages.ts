import { crc32 } from 'node:zlib';
import { ByteReader, ByteWriter } from '../packets/byte-cursor.ts';
import { connectionIdBytes, handshakeFlag, packetFlag, tagBytes } from '../packets/packet-header.ts';
import { publicKeyBytes } from './key-exchange.ts';

/**
 * The packets of the handshake, all in the open but for the second half of ACCEPT. The first byte is 0x60 and the kind
 * in its low bits; a CRC-32 at the end drops what the path has damaged before it can confuse anybody.
 *
 * | packet | fields |
 * |---|---|
 * | HELLO 0x60, client to server, 1200 bytes | version u32, client's connection id 8, token length u8, token, X25519 key 32, idle time-out u32 (ms), zeros, CRC u32 |
 * | RETRY 0x61 | version u32, client's connection id 8, token 20, CRC u32 |
 * | ACCEPT 0x62 | version u32, client's connection id 8, server's connection id 8, X25519 key 32, then sealed: Ed25519 key 32, signature 64, reset token 16, idle time-out u32; tag 16 |
 * | VERSION 0x63 | client's connection id 8, versions u32 each, CRC u32 |
 */
export const kinds = { hello: 0x60, retry: 0x61, accept: 0x62, version: 0x63 } as const;
export const version = 1;
export const helloBytes = 1200;
export const tokenBytes = 20;
export const resetTokenBytes = 16;
const crcBytes = 4;
const flagsOfKinds = packetFlag | handshakeFlag;

export interface Hello {
  readonly version: number;
  readonly connectionId: Uint8Array;
  readonly token: Uint8Array;
  readonly publicKey: Uint8Array;
  readonly idleTimeoutMs: number;
}

/** Whether the datagram claims to be of the handshake. */
export function isHandshake(bytes: Uint8Array): boolean {
  return ((bytes[0] ?? 0) & ~0x03) === flagsOfKinds;
}

export function writeHello(hello: Omit<Hello, 'version'>): Uint8Array {
  const writer = new ByteWriter(new Uint8Array(helloBytes));
  writer.u8(kinds.hello);
  writer.u32(version);
  writer.put(hello.connectionId);
  writer.u8(hello.token.length);
  writer.put(hello.token);
  writer.put(hello.publicKey);
  writer.u32(hello.idleTimeoutMs);
  writer.at = helloBytes - crcBytes;
  return closed(writer);
}

/** Whether a HELLO seems to have a cookie. Looks at one byte. */
export function claimsCookie(bytes: Uint8Array): boolean {
  return bytes[1 + 4 + connectionIdBytes] === tokenBytes;
}

/** Undefined if it is no whole HELLO. Of another version, only `version` and `connectionId` can be relied on. */
export function readHello(bytes: Uint8Array): Hello | undefined {
  // A shorter one could make the server send more than it got.
  if (bytes.length < helloBytes || !hasCrc(bytes)) return undefined;
  const reader = new ByteReader(bytes);
  reader.u8();
  const of = reader.u32();
  const connectionId = copyOf(reader.take(connectionIdBytes));
  const token = copyOf(reader.take(reader.u8()));
  const publicKey = copyOf(reader.take(publicKeyBytes));
  return { version: of, connectionId, token, publicKey, idleTimeoutMs: reader.u32() };
}

export function writeRetry(connectionId: Uint8Array, token: Uint8Array): Uint8Array {
  const writer = new ByteWriter(new Uint8Array(1 + 4 + connectionIdBytes + tokenBytes + crcBytes));
  writer.u8(kinds.retry);
  writer.u32(version);
  writer.put(connectionId);
  writer.put(token);
  return closed(writer);
}

export function readRetry(bytes: Uint8Array): { connectionId: Uint8Array; token: Uint8Array } | undefined {
  if (bytes.length !== 1 + 4 + connectionIdBytes + tokenBytes + crcBytes || !hasCrc(bytes)) return undefined;
  const reader = new ByteReader(bytes);
  reader.u8();
  if (reader.u32() !== version) return undefined;
  return {
    connectionId: copyOf(reader.take(connectionIdBytes)),
    token: copyOf(reader.take(tokenBytes)),
  };
}

export function writeVersions(connectionId: Uint8Array): Uint8Array {
  const writer = new ByteWriter(new Uint8Array(1 + connectionIdBytes + 4 + crcBytes));
  writer.u8(kinds.version);
  writer.put(connectionId);
  writer.u32(version);
  return closed(writer);
}

/** The connection id that the server got, if it speaks no version of ours. */
export function readVersions(bytes: Uint8Array): Uint8Array | undefined {
  if (bytes.length < 1 + connectionIdBytes + crcBytes || !hasCrc(bytes)) return undefined;
  const reader = new ByteReader(bytes);
  reader.u8();
  const connectionId = copyOf(reader.take(connectionIdBytes));
  while (reader.left >= 4 + crcBytes) if (reader.u32() === version) return undefined;
  return connectionId;
}

export interface Accept {
  readonly clientId: Uint8Array;
  readonly serverId: Uint8Array;
  readonly publicKey: Uint8Array;
  /** The part that both ends hash, and the sealed one. */
  readonly open: Uint8Array;
  readonly sealed: Uint8Array;
}

const acceptOpenBytes = 1 + 4 + 2 * connectionIdBytes + publicKeyBytes;
const acceptSealedBytes = 32 + 64 + resetTokenBytes + 4 + tagBytes;

export function writeAcceptOpen(
  clientId: Uint8Array,
  serverId: Uint8Array,
  publicKey: Uint8Array,
): Uint8Array {
  const writer = new ByteWriter(new Uint8Array(acceptOpenBytes));
  writer.u8(kinds.accept);
  writer.u32(version);
  writer.put(clientId);
  writer.put(serverId);
  writer.put(publicKey);
  return writer.bytes;
}

export function readAccept(bytes: Uint8Array): Accept | undefined {
  if (bytes.length !== acceptOpenBytes + acceptSealedBytes) return undefined;
  const reader = new ByteReader(bytes);
  reader.u8();
  if (reader.u32() !== version) return undefined;
  return {
    clientId: copyOf(reader.take(connectionIdBytes)),
    serverId: copyOf(reader.take(connectionIdBytes)),
    publicKey: copyOf(reader.take(publicKeyBytes)),
    open: copyOf(bytes.subarray(0, acceptOpenBytes)),
    sealed: copyOf(bytes.subarray(acceptOpenBytes)),
  };
}

/** What the server says about itself, sealed. */
export interface AcceptContent {
  readonly serverKey: Uint8Array;
  readonly signature: Uint8Array;
  readonly resetToken: Uint8Array;
  readonly idleTimeoutMs: number;
}

export function writeAcceptContent(content: AcceptContent): Uint8Array {
  const writer = new ByteWriter(new Uint8Array(acceptSealedBytes - tagBytes));
  writer.put(content.serverKey);
  writer.put(content.signature);
  writer.put(content.resetToken);
  writer.u32(content.idleTimeoutMs);
  return writer.bytes;
}

export function readAcceptContent(bytes: Uint8Array): AcceptContent {
  const reader = new ByteReader(bytes);
  return {
    serverKey: copyOf(reader.take(32)),
    signature: copyOf(reader.take(64)),
    resetToken: copyOf(reader.take(resetTokenBytes)),
    idleTimeoutMs: reader.u32(),
  };
}

function closed(writer: ByteWriter): Uint8Array {
  writer.u32(crc32(writer.written()));
  return writer.bytes;
}

function hasCrc(bytes: Uint8Array): boolean {
  const end = bytes.length - crcBytes;
  return new ByteReader(bytes.subarray(end)).u32() === crc32(bytes.subarray(0, end));
}

/** `slice` of a Buffer would be a view. */
function copyOf(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(bytes);
}
