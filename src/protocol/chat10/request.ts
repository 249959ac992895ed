import { isUserName } from '../names.ts';

/**
 * CHAT/1.0, client to server (asn2, asn3): what a line means. Lines come here without their line end, already
 * known to be UTF-8.
 */

/** What the first line of a connection asks for. */
export type Opening = { readonly kind: 'register'; readonly name: string } | { readonly kind: 'invalid' };

export function parseOpening(line: string): Opening {
  const words = line.split(' ');
  const [verb, name, version] = words;
  if (words.length !== 3 || verb !== 'REGISTER' || version !== 'CHAT/1.0') return { kind: 'invalid' };
  if (name === undefined || !isUserName(name)) return { kind: 'invalid' };
  return { kind: 'register', name };
}

export type Request =
  /** An empty line, or a text of nothing but white space: nothing to do. */
  | { readonly kind: 'nothing' }
  | { readonly kind: 'disconnect' }
  | { readonly kind: 'text'; readonly text: string }
  /** `verb` is `!` and what follows up to white space; `rest` is what stands behind, without outer spaces. */
  | { readonly kind: 'command'; readonly verb: string; readonly rest: string };

const disconnect = /^DISCONNECT(?: \S+)? CHAT\/1\.0$/;

/** What `line` of the registered user `name` means. */
export function parseRequest(line: string, name: string): Request {
  if (disconnect.test(line)) return { kind: 'disconnect' };
  const text = withoutSender(line, name);
  if (text.trim() === '') return { kind: 'nothing' };
  const typed = text.trimStart();
  if (!typed.startsWith('!')) return { kind: 'text', text };
  if (typed.startsWith('!!')) return { kind: 'text', text: typed.slice(1) };
  const verb = /^\S+/.exec(typed)?.[0] ?? typed;
  return { kind: 'command', verb, rest: typed.slice(verb.length).trim() };
}

/** The server stamps the sender itself; only one's own name in front is not part of the text. */
function withoutSender(line: string, name: string): string {
  const mark = `@${name}`;
  if (!line.startsWith(mark)) return line;
  const after = line.charAt(mark.length);
  if (after !== ':' && after !== ' ') return line;
  const text = line.slice(mark.length + 1);
  return after === ':' && text.startsWith(' ') ? text.slice(1) : text;
}

/** One `Name: value` line of a header block, the name in lower case; undefined when it is none. */
export function parseHeader(line: string): { readonly name: string; readonly value: string } | undefined {
  const match = /^([A-Za-z][A-Za-z-]*):\s*(.*)$/s.exec(line);
  const [, name, value] = match ?? [];
  if (name === undefined || value === undefined) return undefined;
  return { name: name.toLowerCase(), value: value.trim() };
}

/** Whether `line`, right after `REGISTER`, begins a header block; any other line there is chat already. */
export function beginsHeaderBlock(line: string): boolean {
  return /^(follow|password):/i.test(line);
}

/** The terms of a `Follow:` header: split at commas, trimmed, empty ones left out. */
export function parseTermList(value: string): string[] {
  return value
    .split(',')
    .map((term) => term.trim())
    .filter((term) => term !== '');
}

/**
 * The number of a `Content-Length:` value: bytes, or -1 for "no such file"; undefined when it is no such
 * number (signs, points, exponents, hexadecimal and what a double cannot hold exactly among them).
 */
export function parseContentLength(value: string): number | undefined {
  if (value === '-1') return -1;
  if (!/^[0-9]{1,16}$/.test(value)) return undefined;
  const bytes = Number(value);
  return Number.isSafeInteger(bytes) ? bytes : undefined;
}

/**
 * The words of an `!attach` command: the file's name, which may stand in double quotes to hold spaces, and
 * the terms.
 */
export function parseAttachWords(rest: string): { readonly file: string; readonly terms: string[] } {
  const quoted = /^"([^"]+)"(?:\s+|$)/.exec(rest);
  const [taken, file] = quoted ?? /^(\S*)\s*/.exec(rest) ?? [];
  const terms = rest.slice(taken?.length ?? 0).split(/\s+/u);
  return { file: file ?? '', terms: terms.filter((term) => term !== '') };
}
