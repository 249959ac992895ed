import { type Limits, wireLimits } from '../limits.ts';
import { decodeUtf8, hasControlCharacter } from '../text.ts';
import { Malformed, type Parcel, type Start } from './parcel.ts';
import { wholeNumber } from './values.ts';

/** Where the bytes come from: `ByteQueue`, or a connection's `Input`. */
export interface ByteSource {
  readonly length: number;
  takeLine(): Uint8Array | undefined;
  takeBytes(most: number): Uint8Array;
}

/** What one side of a connection may be sent. */
export interface Side {
  /** Undefined when the line is no start line at all, so that nobody knows what the bytes behind it are. */
  parseStart(line: string): Start | undefined;
  /** How long the body behind `start` may be; undefined when the start is not one that is known. */
  maxBodyBytes(start: Start): number | undefined;
}

export interface ReaderLimits {
  readonly lineBytes: number;
  /** Start line and header lines with their line ends. */
  readonly blockBytes: number;
  readonly headers: number;
  /** Everything from when these limits began to hold. */
  readonly bytesInAll: number;
  readonly linesInAll: number;
}

/** Of a client that is not logged in. */
export const limitsBeforeLogin = (limits: Limits): ReaderLimits => ({
  lineBytes: limits.loginLineBytes,
  blockBytes: wireLimits.headerBlockBytes,
  headers: wireLimits.headers,
  bytesInAll: limits.loginBytes,
  linesInAll: limits.loginLines,
});

/** Of a client that is logged in. */
export const limitsAfterLogin: ReaderLimits = {
  lineBytes: wireLimits.headerBlockBytes,
  blockBytes: wireLimits.headerBlockBytes,
  headers: wireLimits.headers,
  bytesInAll: Number.POSITIVE_INFINITY,
  linesInAll: Number.POSITIVE_INFINITY,
};

/** Of a server, as its client reads it. */
export const limitsOfServer: ReaderLimits = {
  ...limitsAfterLogin,
  lineBytes: wireLimits.serverHeaderBlockBytes,
  blockBytes: wireLimits.serverHeaderBlockBytes,
};

/** The head of a parcel whose empty line, or whose body, has not come yet. */
interface Head {
  readonly start: Start;
  readonly headers: Map<string, string>;
  headerCount: number;
  bodyBytes: number;
  /** The first thing wrong with it that leaves its end known. */
  problem: Malformed | undefined;
}

const token = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
const colon = 58;

/**
 * Takes parcels from a source, one a call. What it leaves in the source while it waits is never more than the longest
 * line or body that it would take, and what it keeps itself never more than a header block. A parcel that breaks a
 * rule is reported once and passed over whole; after a fatal one nothing more is taken.
 */
export class ParcelReader {
  readonly #source: ByteSource;
  readonly #side: Side;
  #limits: ReaderLimits;
  #bytesInAll = 0;
  #linesInAll = 0;
  #blockBytes = 0;
  #head: Head | undefined;
  /** True from the empty line to the end of the body. */
  #isInBody = false;
  /** Bytes of a refused body that are still to be thrown away. */
  #unwantedBytes = 0;
  #fatal: Malformed | undefined;
  /** A start line that was taken before this reader was there. */
  #begun: Uint8Array | undefined;

  constructor(source: ByteSource, side: Side, limits: ReaderLimits, begun?: Uint8Array) {
    this.#source = source;
    this.#side = side;
    this.#limits = limits;
    this.#begun = begun;
  }

  /** Other limits from here on, between two parcels; what is limited in all is counted anew. */
  limit(limits: ReaderLimits): void {
    this.#limits = limits;
    this.#bytesInAll = 0;
    this.#linesInAll = 0;
  }

  /** The next parcel, or what is wrong with it; undefined when more input is needed. Never throws. */
  take(): Parcel | Malformed | undefined {
    while (this.#fatal === undefined) {
      if (this.#unwantedBytes > 0 && !this.#throwAway()) return undefined;
      if (this.#isInBody) return this.#takeBody();
      const line = this.#takeLine();
      if (line === undefined) return undefined;
      if (line instanceof Malformed) this.#fatal = line;
      else if (line.length > 0) this.#fatal = this.#head === undefined ? this.#begin(line) : this.#add(line);
      else if (this.#head !== undefined) {
        const problem = this.#endHead(this.#head);
        if (problem !== undefined && !problem.isFatal) return problem;
        this.#fatal = problem;
      }
    }
    return this.#fatal;
  }

  #takeLine(): Uint8Array | Malformed | undefined {
    const { lineBytes, blockBytes, bytesInAll, linesInAll } = this.#limits;
    // The LF is not part of a line, and counts for the block.
    const room = Math.min(lineBytes, blockBytes - this.#blockBytes - 1, bytesInAll - this.#bytesInAll - 1);
    const line = this.#begun ?? this.#source.takeLine();
    this.#begun = undefined;
    // One more byte may wait: the CR in front of an LF that has not come.
    if ((line?.length ?? this.#source.length - 1) > room) return fatal(413, 'The header block is too long');
    if (line === undefined) return undefined;
    this.#blockBytes = this.#head === undefined && line.length === 0 ? 0 : this.#blockBytes + line.length + 1;
    this.#bytesInAll += line.length + 1;
    this.#linesInAll++;
    return this.#linesInAll > linesInAll ? fatal(413, 'Too many lines before login') : line;
  }

  /** A start line; returns what makes the rest of the connection unreadable. */
  #begin(line: Uint8Array): Malformed | undefined {
    const text = decodeUtf8(line);
    if (text === undefined) return fatal(400, 'The start line is not valid UTF-8');
    if (hasControlCharacter(text)) return fatal(400, 'The start line holds control characters');
    const start = this.#side.parseStart(text);
    if (start === undefined) return fatal(400, 'That is no start line of CHAT/1.1');
    this.#head = { start, headers: new Map(), headerCount: 0, bodyBytes: 0, problem: undefined };
    return undefined;
  }

  /** A header line. One that cannot be told from a `Content-Length` makes the parcel's end unknown. */
  #add(line: Uint8Array): Malformed | undefined {
    const head = this.#head;
    if (head === undefined) return undefined;
    head.headerCount++;
    if (head.headerCount > this.#limits.headers) return fatal(413, 'Too many headers');
    const end = line.indexOf(colon);
    const name = decodeUtf8(line.subarray(0, Math.max(end, 0)))?.toLowerCase();
    if (name === undefined || !token.test(name)) return fatal(400, 'That is no header line');
    const value = decodeUtf8(withoutBlanks(line.subarray(end + 1)));
    if (name === 'content-length') {
      const bytes = value === undefined ? undefined : wholeNumber.parse(value);
      if (bytes === undefined) return fatal(400, 'Content-Length has to be a whole number');
      if (head.headers.has(name)) return fatal(400, 'Content-Length stands there twice');
      head.bodyBytes = bytes;
    }
    if (value === undefined) head.problem ??= malformed(head, 400, 'A header is not valid UTF-8');
    else if (hasControlCharacter(value))
      head.problem ??= malformed(head, 400, 'A header holds control characters');
    else if (head.headers.has(name)) head.problem ??= malformed(head, 400, 'A header stands there twice');
    else head.headers.set(name, value);
    return undefined;
  }

  /** The empty line: decides what becomes of the body. */
  #endHead(head: Head): Malformed | undefined {
    this.#blockBytes = 0;
    if (this.#bytesInAll + head.bodyBytes > this.#limits.bytesInAll) {
      return fatal(413, 'Too many bytes before login');
    }
    this.#bytesInAll += head.bodyBytes;
    const problem = head.problem ?? this.#bodyProblem(head);
    if (problem === undefined) {
      this.#isInBody = true;
      return undefined;
    }
    this.#head = undefined;
    this.#unwantedBytes = head.bodyBytes;
    return problem;
  }

  #bodyProblem(head: Head): Malformed | undefined {
    const most = this.#side.maxBodyBytes(head.start);
    if (most === undefined) return malformed(head, 400, 'That verb is not known');
    if (head.bodyBytes <= most) return undefined;
    if (most === 0) return malformed(head, 400, 'There is no body behind that verb');
    return malformed(head, 413, `The body has at most ${most} bytes`);
  }

  #takeBody(): Parcel | undefined {
    const head = this.#head;
    if (head === undefined || this.#source.length < head.bodyBytes) return undefined;
    this.#head = undefined;
    this.#isInBody = false;
    return { start: head.start, headers: head.headers, body: this.#source.takeBytes(head.bodyBytes) };
  }

  /** True when the last unwanted byte has gone. */
  #throwAway(): boolean {
    this.#unwantedBytes -= this.#source.takeBytes(this.#unwantedBytes).length;
    return this.#unwantedBytes === 0;
  }
}

/** Not by a regular expression: one would look at a long row of blanks inside once for each of them. */
function withoutBlanks(bytes: Uint8Array): Uint8Array {
  const isBlank = (at: number): boolean => bytes[at] === 32 || bytes[at] === 9;
  let start = 0;
  let end = bytes.length;
  while (start < end && isBlank(start)) start++;
  while (end > start && isBlank(end - 1)) end--;
  return bytes.subarray(start, end);
}

const fatal = (code: 400 | 413, text: string): Malformed => new Malformed(code, text, { isFatal: true });
const malformed = (head: Head, code: 400 | 413, text: string): Malformed =>
  new Malformed(code, text, { start: head.start });
