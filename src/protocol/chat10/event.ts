import { parseContentLength, parseHeader } from './request.ts';

/** CHAT/1.0, server to client, as a client reads it. Lines come without their line end. */

export type RegistrationAnswer =
  | { readonly kind: 'registered' }
  /** 400, 401, 403 and whatever else a server answers with a number. */
  | { readonly kind: 'refused'; readonly code: number; readonly text: string }
  | { readonly kind: 'unknown'; readonly line: string };

export function parseRegistrationAnswer(line: string): RegistrationAnswer {
  const [, code, text] = /^([1-5][0-9]{2}) (.+)$/s.exec(line) ?? [];
  if (code === undefined || text === undefined) return { kind: 'unknown', line };
  return code === '200' ? { kind: 'registered' } : { kind: 'refused', code: Number(code), text };
}

export type ServerLine =
  | { readonly kind: 'disconnect' }
  /** The server wants the bytes of the file that `!attach` named. */
  | { readonly kind: 'attach'; readonly file: string }
  /** Announces a file: header lines follow, then its bytes. */
  | { readonly kind: 'attachment'; readonly file: string }
  /** A line to show: chat, or an answer to a command. */
  | { readonly kind: 'text'; readonly line: string };

export function parseServerLine(line: string): ServerLine {
  if (line === 'DISCONNECT CHAT/1.0') return { kind: 'disconnect' };
  // With `s`, because a name may hold U+2028: after a notice that was missed, the file's bytes would be read as lines.
  const [, verb, file] = /^(ATTACH|ATTACHMENT) (.+) CHAT\/1\.0$/s.exec(line) ?? [];
  if (verb === 'ATTACH' && file !== undefined) return { kind: 'attach', file };
  if (verb === 'ATTACHMENT' && file !== undefined) return { kind: 'attachment', file };
  return { kind: 'text', line };
}

/**
 * A header line after `ATTACHMENT`. `Content-Length:` is the last; the bytes follow directly, without an
 * empty line.
 */
export type AttachmentHeader =
  | { readonly kind: 'origin'; readonly name: string }
  | { readonly kind: 'length'; readonly bytes: number }
  | { readonly kind: 'other' }
  | { readonly kind: 'invalid' };

export function parseAttachmentHeader(line: string): AttachmentHeader {
  const header = parseHeader(line);
  if (header === undefined) return { kind: 'invalid' };
  if (header.name === 'origin') return { kind: 'origin', name: header.value };
  if (header.name !== 'content-length') return { kind: 'other' };
  const bytes = parseContentLength(header.value);
  return bytes === undefined || bytes < 0 ? { kind: 'invalid' } : { kind: 'length', bytes };
}
