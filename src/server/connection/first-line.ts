import { stripTelnet } from '../../protocol/telnet.ts';
import { decodeUtf8, encodeUtf8 } from '../../protocol/text.ts';
import type { Clock } from '../../scheduling/clock.ts';
import type { Input } from '../../transport/input.ts';
import type { ConnectionSession, Protocol, ProtocolTable, RawProtocol } from './connection-session.ts';
import type { ConnectionServices } from './services.ts';

/** The first line of a connection, or why there is none, and the bytes that came instead. */
export type FirstLine =
  | { readonly text: string }
  /** It came without a line end: see `readFirstLine`. */
  | { readonly raw: string }
  | Refused;

export interface Refused {
  readonly problem: string;
  readonly bytes: Uint8Array;
}

type ChoosingSession = Pick<
  ConnectionSession,
  'input' | 'connection' | 'address' | 'isStopping' | 'isClosed'
>;

export interface ProtocolChoice {
  readonly protocol: Protocol;
  readonly serve: NonNullable<ReturnType<Protocol['begin']>>;
}

/** How long a first read without a line end must be followed by nothing: more than a delayed ACK may hold up the rest. */
const rawSilenceMs = 250;

/** As `readFirst`; resolves when it is the connection's turn to go on. */
export async function readChoice(
  session: ChoosingSession,
  services: Pick<ConnectionServices, 'clock' | 'limits' | 'lifecycle'>,
  protocols: Pick<ProtocolTable, 'raw' | 'greet'>,
): Promise<FirstLine> {
  const first = await readFirst(session, services, protocols);
  await services.lifecycle.next(session.address);
  return first;
}

/**
 * Reads the first line, the one that chooses the protocol: not one that asks what this server speaks, which it answers,
 * nor an empty line behind that.
 */
async function readFirst(
  session: ChoosingSession,
  { clock, limits }: Pick<ConnectionServices, 'clock' | 'limits'>,
  { raw, greet }: Pick<ProtocolTable, 'raw' | 'greet'>,
): Promise<FirstLine> {
  const read = () => readFirstLine(session, clock, limits, raw);
  const first = await read();
  const answer = 'text' in first ? greet?.(first.text) : undefined;
  if (answer === undefined || session.isStopping || session.isClosed) return first;
  session.connection.write(encodeUtf8(answer));
  const next = await read();
  return 'text' in next && next.text === '' ? read() : next;
}

/** The protocol that a first line chooses, or why it chooses none. */
export function protocolOf(
  first: FirstLine,
  { rows, raw, refusalReason }: Omit<ProtocolTable, 'refusal'>,
): ProtocolChoice | Refused {
  if ('problem' in first) return first;
  const text = 'raw' in first ? first.raw : first.text;
  for (const protocol of 'raw' in first ? [raw] : rows) {
    const serve = protocol.begin(text);
    if (serve !== undefined) return { protocol, serve };
  }
  return { problem: refusalReason(text), bytes: encodeUtf8(text) };
}

/**
 * Waits for the first line, until the stream ends or `loginMs` are over. Sends answers to telnet's commands, which are
 * no part of the line. A first read without a line end that `raw` takes for one is one too, after a silence: its client
 * never sends line ends.
 */
async function readFirstLine(
  { input, connection }: Pick<ConnectionSession, 'input' | 'connection'>,
  clock: Clock,
  limits: ConnectionServices['limits'],
  raw: RawProtocol,
): Promise<FirstLine> {
  let reads = 0;
  const timer = clock.after(limits.loginMs, () => input.end());
  try {
    for (;;) {
      const bytes = input.takeLine() ?? input.takeLastLine();
      const begun = bytes ?? input.peek();
      if (begun.length > limits.loginLineBytes) return { problem: 'first line too long', bytes: begun };
      const answer = input.telnet.answer(begun);
      if (answer !== undefined) connection.write(answer);
      if (bytes !== undefined) {
        input.telnet.endLine();
        return lineIn(bytes);
      }
      // What is binary from the start may never contain the end of a line.
      const [first] = begun;
      if (first === tlsHandshake) return { problem: 'TLS, which needs --tls or --tls-cert', bytes: begun };
      if (beginsBinary(stripTelnet(begun))) return { problem: 'not text', bytes: begun };
      const text = reads++ === 1 ? decodeUtf8(begun) : undefined;
      if (text !== undefined && raw.isOpening(text)) {
        if (!(await isSilent(input, clock))) continue;
        input.takeBytes(input.length);
        return { raw: text };
      }
      if (!(await input.more())) return { problem: 'no whole line came', bytes: begun };
    }
  } finally {
    timer.cancel();
  }
}

/** Resolves with true when nothing comes for `rawSilenceMs`, not even the end of the stream. */
async function isSilent(input: Input, clock: Clock): Promise<boolean> {
  const { length } = input;
  const timer = clock.after(rawSilenceMs, () => input.nudge());
  await input.more();
  timer.cancel();
  return !input.ended && input.length === length;
}

function lineIn(bytes: Uint8Array): FirstLine {
  const text = decodeUtf8(bytes) ?? decodeUtf8(stripTelnet(bytes));
  return text === undefined ? { problem: 'not valid UTF-8', bytes } : { text };
}

/** The first byte of a TLS client. With a certificate, it does not come here (src/transport/tls-server.ts). */
const tlsHandshake = 0x16;

function beginsBinary(bytes: Uint8Array): boolean {
  const [first] = bytes;
  return first !== undefined && (first < 0x20 || first > 0x7e) && first !== 0x0d && first !== 0x0a;
}

/** Maximum number of bytes of a refused line in the log: room for a REGISTER line with the longest name. */
const maxQuoted = 40;

/**
 * Returns the beginning of a line for the log: quoted, short, and in printable ASCII. It ends at the first colon,
 * because a message or a password stands behind that.
 */
export function quoteBeginning(bytes: Uint8Array): string {
  const colon = bytes.indexOf(0x3a);
  const end = Math.min(colon < 0 ? bytes.length : colon + 1, maxQuoted);
  let shown = '';
  for (const byte of bytes.subarray(0, end))
    shown += isPlain(byte) ? String.fromCharCode(byte) : escaped(byte);
  return `"${shown}${end < bytes.length ? '…' : ''}"`;
}

/** Printable ASCII except the quotation mark and the backslash. */
function isPlain(byte: number): boolean {
  return byte >= 0x20 && byte <= 0x7e && byte !== 0x22 && byte !== 0x5c;
}

function escaped(byte: number): string {
  return `\\x${byte.toString(16).padStart(2, '0')}`;
}
