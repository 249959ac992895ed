import { type Limits, wireLimits } from '../limits.ts';
import { decodeUtf8, hasControlCharacter } from '../text.ts';
import { Malformed, type Parcel, type Start } from './parcel.ts';
import { wholeNumber } from './values.ts';

/** Where the bytes come from: `ByteQueue`, or a connection's `Input`. */
export interface ByteSource {
  readonly length: number;
  /** Returns all bytes without taking them. */
  peek(): Uint8Array;
  takeLine(): Uint8Array | undefined;
  takeBytes(most: number): Uint8Array;
}

/** What one side of a connection may receive. */
export interface Side {
  /** Returns undefined when the line is no start line; it is then unknown what the bytes after it mean. */
  parseStart(line: string): Start | undefined;
  /** Returns how long the body after `start` may be; undefined when the verb is unknown. */
  maxBodyBytes(start: Start): number | undefined;
}

export interface ReaderLimits {
  readonly lineBytes: number;
  /** Start line and header lines with their line ends. */
  readonly blockBytes: number;
  readonly headers: number;
  /** Totals since these limits were set. */
  readonly bytesInAll: number;
  readonly linesInAll: number;
}

/** For a client that is not logged in. */
export const limitsBeforeLogin = (limits: Limits): ReaderLimits => ({
  lineBytes: limits.loginLineBytes,
  blockBytes: wireLimits.headerBlockBytes,
  headers: wireLimits.headers,
  bytesInAll: limits.loginBytes,
  linesInAll: limits.loginLines,
});

/** For a client that is logged in. */
export const limitsAfterLogin: ReaderLimits = {
  lineBytes: wireLimits.headerBlockBytes,
  blockBytes: wireLimits.headerBlockBytes,
  headers: wireLimits.headers,
  bytesInAll: Number.POSITIVE_INFINITY,
  linesInAll: Number.POSITIVE_INFINITY,
};

/** For a server, as its client reads it. */
export const limitsOfServer: ReaderLimits = {
  ...limitsAfterLogin,
  lineBytes: wireLimits.serverHeaderBlockBytes,
  blockBytes: wireLimits.serverHeaderBlockBytes,
};

/** The head of a parcel whose empty line, or whose body, has not arrived yet. */
interface Head {
  readonly start: Start;
  readonly headers: Map<string, string>;
  headerCount: number;
  bodyBytes: number;
  /** The first problem that leaves the parcel's end known. */
  problem: Malformed | undefined;
}

const contentLength = 'content-length';
const token = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
const lineFeed = 10;
const carriageReturn = 13;
const colon = 58;
/** A head of at most this many bytes is taken at once when all of it is there. */
const shortHeadBytes = 512;

/**
 * Takes parcels from a source, one a call. While it waits, it leaves at most the longest allowed line or body in the
 * source, and holds at most a header block itself. A parcel that breaks a rule is reported once and skipped whole;
 * after a fatal problem nothing more is taken.
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
  /** Bytes of a refused body that must still be discarded. */
  #unwantedBytes = 0;
  #fatal: Malformed | undefined;
  /** A start line that was taken from the source before this reader existed. */
  #begun: Uint8Array | undefined;

  constructor(source: ByteSource, side: Side, limits: ReaderLimits, begun?: Uint8Array) {
    this.#source = source;
    this.#side = side;
    this.#limits = limits;
    this.#begun = begun;
  }

  /** Sets other limits, between two parcels; the totals begin again at 0. */
  limit(limits: ReaderLimits): void {
    this.#limits = limits;
    this.#bytesInAll = 0;
    this.#linesInAll = 0;
  }

  /** Returns the next parcel, or the problem with it; undefined when more input is needed. Never throws. */
  take(): Parcel | Malformed | undefined {
    while (this.#fatal === undefined) {
      if (this.#unwantedBytes > 0 && !this.#throwAway()) return undefined;
      if (this.#isInBody) return this.#takeBody();
      const head = this.#head === undefined ? this.#takeShortHead() : undefined;
      if (head !== undefined) {
        const problem = this.#parseHead(head);
        if (problem?.isFatal === false) return problem;
        this.#fatal = problem;
        continue;
      }
      const line = this.#takeLine();
      if (line === undefined) return undefined;
      if (line instanceof Malformed) this.#fatal = line;
      else if (line.length > 0)
        this.#fatal = this.#head === undefined ? this.#begin(decodeUtf8(line)) : this.#addLine(line);
      else if (this.#head !== undefined) {
        const problem = this.#endHead(this.#head);
        if (problem !== undefined && !problem.isFatal) return problem;
        this.#fatal = problem;
      } else this.#skipEmptyLines();
    }
    return this.#fatal;
  }

  /** Takes the empty lines that are here in one go, as nothing paces a peer that sends them without end. */
  #skipEmptyLines(): void {
    // Those of a stranger count.
    if (this.#limits.linesInAll !== Number.POSITIVE_INFINITY) return;
    const bytes = this.#source.peek();
    let end = 0;
    while (bytes[end] === lineFeed || (bytes[end] === carriageReturn && bytes[end + 1] === lineFeed)) end++;
    this.#source.takeBytes(end);
  }

  #takeLine(): Uint8Array | Malformed | undefined {
    const { lineBytes, blockBytes, bytesInAll, linesInAll } = this.#limits;
    // The LF is not part of the line, but counts in the block.
    const room = Math.min(lineBytes, blockBytes - this.#blockBytes - 1, bytesInAll - this.#bytesInAll - 1);
    const line = this.#begun ?? this.#source.takeLine();
    this.#begun = undefined;
    // One more byte may wait: the CR before an LF that has not arrived.
    if ((line?.length ?? this.#source.length - 1) > room) return fatal(413, 'The header block is too long');
    if (line === undefined) return undefined;
    this.#blockBytes = this.#head === undefined && line.length === 0 ? 0 : this.#blockBytes + line.length + 1;
    this.#bytesInAll += line.length + 1;
    this.#linesInAll++;
    return this.#linesInAll > linesInAll ? fatal(413, 'Too many lines before login') : line;
  }

  /**
   * Takes start line, header lines and the empty line, and returns them without the last line ends; undefined when not all is
   * there, or it is long, or not as nearly every head is: then it has to be taken line by line.
   */
  #takeShortHead(): string | undefined {
    const { lineBytes, blockBytes, bytesInAll, linesInAll } = this.#limits;
    const bytes = this.#source.peek();
    if (this.#begun !== undefined || bytes[0] === lineFeed) return undefined;
    const most = Math.min(bytes.length, shortHeadBytes, lineBytes, blockBytes, bytesInAll - this.#bytesInAll);
    let lines = 2;
    let end = 0;
    for (; end + 1 < most; end++) {
      const byte = bytes[end];
      // Perhaps part of a line end.
      if (byte === carriageReturn) return undefined;
      if (byte !== lineFeed) continue;
      if (bytes[end + 1] === lineFeed) break;
      lines++;
    }
    if (end + 1 >= most || this.#linesInAll + lines > linesInAll) return undefined;
    const head = decodeUtf8(bytes.subarray(0, end));
    if (head === undefined) return undefined;
    this.#source.takeBytes(end + 2);
    this.#bytesInAll += end + 2;
    this.#linesInAll += lines;
    return head;
  }

  #parseHead(text: string): Malformed | undefined {
    let next = text.indexOf('\n');
    let problem = this.#begin(next < 0 ? text : text.slice(0, next));
    while (next >= 0 && problem === undefined) {
      const begin = next + 1;
      next = text.indexOf('\n', begin);
      const line = next < 0 ? text.slice(begin) : text.slice(begin, next);
      const end = Math.max(line.indexOf(':'), 0);
      problem = this.#add(line.slice(0, end), line.slice(end + 1));
    }
    return problem ?? (this.#head && this.#endHead(this.#head));
  }

  /** Parses a start line; returns a problem that makes the rest of the connection unreadable. */
  #begin(text: string | undefined): Malformed | undefined {
    if (text === undefined) return fatal(400, 'The start line is not valid UTF-8');
    if (hasControlCharacter(text)) return fatal(400, 'The start line holds control characters');
    const start = this.#side.parseStart(text);
    if (start === undefined) return fatal(400, 'That is no start line of CHAT/1.1');
    this.#head = { start, headers: new Map(), headerCount: 0, bodyBytes: 0, problem: undefined };
    return undefined;
  }

  #addLine(line: Uint8Array): Malformed | undefined {
    const end = Math.max(line.indexOf(colon), 0);
    return this.#add(decodeUtf8(line.subarray(0, end)), decodeUtf8(line.subarray(end + 1)));
  }

  /**
   * Adds what is in front of the colon of a header line and what is behind it; undefined is not UTF-8. If the line may have
   * been a `Content-Length`, a problem is fatal: the parcel's end is unknown.
   */
  #add(written: string | undefined, padded: string | undefined): Malformed | undefined {
    const head = this.#head;
    if (head === undefined) return undefined;
    head.headerCount++;
    if (head.headerCount > this.#limits.headers) return fatal(413, 'Too many headers');
    const lower = written?.toLowerCase();
    // A `Map` puts a name that was cut from a line into V8's table of strings first; the constant is there.
    const name = lower === contentLength ? contentLength : lower;
    if (name === undefined || !token.test(name)) return fatal(400, 'That is no header line');
    const value = padded === undefined ? undefined : withoutBlanks(padded);
    if (name === contentLength) {
      const bytes = value === undefined ? undefined : wholeNumber.parse(value);
      if (bytes === undefined) return fatal(400, 'Content-Length must be a whole number');
      if (head.headers.has(name)) return fatal(400, 'Content-Length occurs twice');
      head.bodyBytes = bytes;
    }
    if (value === undefined) head.problem ??= malformed(head, 400, 'A header is not valid UTF-8');
    else if (hasControlCharacter(value))
      head.problem ??= malformed(head, 400, 'A header holds control characters');
    else if (head.headers.has(name)) head.problem ??= malformed(head, 400, 'A header occurs twice');
    else head.headers.set(name, value);
    return undefined;
  }

  /** Handles the empty line: decides whether the body is taken or discarded. */
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
    if (most === 0) return malformed(head, 400, 'That verb takes no body');
    return malformed(head, 413, `The body has at most ${most} bytes`);
  }

  #takeBody(): Parcel | undefined {
    const head = this.#head;
    if (head === undefined || this.#source.length < head.bodyBytes) return undefined;
    this.#head = undefined;
    this.#isInBody = false;
    return { start: head.start, headers: head.headers, body: this.#source.takeBytes(head.bodyBytes) };
  }

  /** Returns true when the last unwanted byte is discarded. */
  #throwAway(): boolean {
    this.#unwantedBytes -= this.#source.takeBytes(this.#unwantedBytes).length;
    return this.#unwantedBytes === 0;
  }
}

/** Not with a regular expression, which takes quadratic time for a long run of blanks inside. */
function withoutBlanks(text: string): string {
  const isBlank = (at: number): boolean => text[at] === ' ' || text[at] === '\t';
  let start = 0;
  let end = text.length;
  while (start < end && isBlank(start)) start++;
  while (end > start && isBlank(end - 1)) end--;
  return text.slice(start, end);
}

const fatal = (code: 400 | 413, text: string): Malformed => new Malformed(code, text, { isFatal: true });
const malformed = (head: Head, code: 400 | 413, text: string): Malformed =>
  new Malformed(code, text, { start: head.start });
