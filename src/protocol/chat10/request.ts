import { serverCommands } from '../commands/command-table.ts';
import { type CommandLimits, parseTyped, type ServerCommand, type Typed } from '../commands/typed.ts';
import { isUserName } from '../names.ts';

/**
 * CHAT/1.0, client to server (asn2, asn3): what a line means. Lines arrive without their line end, as valid UTF-8.
 */

/** What the first line of a connection asks for. */
export type Opening = { readonly kind: 'register'; readonly name: string } | { readonly kind: 'invalid' };

/** Blanks and TABs between the words and after them: the courses' servers split the line at any white space. */
const register = /^REGISTER[ \t]+([^ \t]+)[ \t]+CHAT\/1\.0[ \t]*$/;

export function parseOpening(line: string): Opening {
  const name = register.exec(line)?.[1];
  return name !== undefined && isUserName(name) ? { kind: 'register', name } : { kind: 'invalid' };
}

/** The same of a client that sends no line ends: some of these misspell the first word. */
export function parseRawOpening(read: string): Opening {
  return parseOpening(read.replace(/^REGESTER/, 'REGISTER'));
}

/**
 * Whether a read without a line end can be the whole registration of a client that sends none, a valid one or not. One
 * of CHAT/1.1 goes on with headers.
 */
export function isRawOpening(read: string): boolean {
  return /^REG[IE]STER[ \t](?:.*[ \t])?CHAT\/(?!1\.1)[0-9]\.[0-9][ \t]*$/.test(read);
}

/** What a line asks for: a request of the protocol itself, or something in the language that users type. */
export type Request =
  | { readonly kind: 'disconnect' }
  /** Another registration, valid or not, of a client that is registered. */
  | { readonly kind: 'register' }
  | Typed<ServerCommand>;

const disconnect = /^DISCONNECT(?:[ \t]+\S+)?[ \t]+CHAT\/1\.0[ \t]*$/;
const registerAgain = /^REGISTER[ \t](?:.*[ \t])?CHAT\/1\.0[ \t]*$/;

/** Parses a line of the registered user `name`. */
export function parseRequest(line: string, name: string, limits: CommandLimits): Request {
  if (disconnect.test(line)) return { kind: 'disconnect' };
  if (registerAgain.test(line)) return { kind: 'register' };
  return parseTyped(withoutSender(line, name), serverCommands, limits);
}

/** Removes the user's own name in front, because the server adds the sender. Any other name is part of the text. */
function withoutSender(line: string, name: string): string {
  const mark = `@${name}`;
  if (!line.startsWith(mark)) return line;
  const after = line.charAt(mark.length);
  if (after !== ':' && after !== ' ') return line;
  const text = line.slice(mark.length + 1);
  return after === ':' && text.startsWith(' ') ? text.slice(1) : text;
}

/** Parses a `Name: value` line of a header block; the name becomes lower case. Returns undefined for other lines. */
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

/**
 * Parses a `Content-Length:` value: a number of bytes, or -1 for "no such file". Returns undefined for anything else,
 * such as other signs, points, exponents, hexadecimal, and numbers that a double cannot hold exactly.
 */
export function parseContentLength(value: string): number | undefined {
  if (value === '-1') return -1;
  if (!/^[0-9]{1,16}$/.test(value)) return undefined;
  const bytes = Number(value);
  return Number.isSafeInteger(bytes) ? bytes : undefined;
}
