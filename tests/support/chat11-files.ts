import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import type { TestContext } from 'node:test';
import { type Headers, ParcelClient, type ReadParcel } from './parcel-client.ts';

/** The most that fits into a DATA. */
export const pieceBytes = 65_536;
export const sha256Of = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

export async function registerGuest(
  context: TestContext,
  server: { readonly port: number },
  name: string,
  headers: Headers = {},
): Promise<ParcelClient> {
  return (await ParcelClient.enter(context, server, `REGISTER ${name}`, headers)).client;
}

/** Sends the bytes of an upload from `offset` on, without waiting for anything. */
export function sendPieces(client: ParcelClient, upload: string, bytes: Uint8Array, offset = 0): void {
  for (let at = offset; at < bytes.length; at += pieceBytes) {
    client.send(`DATA ${upload}`, { Offset: at }, bytes.subarray(at, at + pieceBytes));
  }
}

/** Begins an upload and gives its id. */
export async function beginUpload(
  client: ParcelClient,
  bytes: Uint8Array,
  headers: Headers,
): Promise<string> {
  const answer = await client.ask('ATTACH', { Name: 'f', Size: bytes.length, ...headers });
  assert.equal(answer.start, '201 Upload begun');
  return answer.headers.Upload ?? '';
}

/** Sends a whole file; gives the answer to its COMMIT. */
export async function attachFile(
  client: ParcelClient,
  bytes: Uint8Array,
  headers: Headers,
): Promise<ReadParcel> {
  const upload = await beginUpload(client, bytes, headers);
  sendPieces(client, upload, bytes);
  return client.ask(`COMMIT ${upload}`);
}

/** What FETCH gives: the answer, and the bytes behind it, with nothing between. */
export async function fetchFile(
  client: ParcelClient,
  attachment: string,
  offset = 0,
  length = Number.MAX_SAFE_INTEGER,
): Promise<{ answer: ReadParcel; bytes: Buffer }> {
  const answer = await client.ask(`FETCH ${attachment}`, { Offset: offset, Length: length });
  const until = Math.min(Number(answer.headers.Size), offset + length);
  const pieces: Buffer[] = [];
  for (let at = offset; at < until; ) {
    const parcel = await client.nextBytes();
    assert.equal(parcel.start, `DATA ${attachment} CHAT/1.1`);
    assert.equal(Number(parcel.headers.Offset), at);
    pieces.push(parcel.bytes);
    at += parcel.bytes.length;
  }
  return { answer, bytes: Buffer.concat(pieces) };
}
