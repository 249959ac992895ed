import { keySha256Of } from '../handshake/key-exchange.ts';
import type { Direction, Trace, TracedFrame, TraceEvent } from './events.ts';

/** What a line shows of a packet: frames, ranges of an acknowledgement, characters of the peer's words. */
const mostRanges = 6;
const mostFrames = 8;
const mostReason = 100;

const arrows: Readonly<Record<Direction, string>> = { in: '←', out: '→' };
const closeWords = ['everything has arrived', 'the peer broke a rule', 'streams break off'];

/**
 * Returns an observer that hands one line for each event to `write`, without a line break. A line has the time since the
 * first event, then the direction (`→` left, `←` arrived, `·` happened here), the packet's number and its size in bytes,
 * then what it is. Whatever the peer sends,
 * a line has no control characters.
 */
export function traceLines(write: (line: string) => void): Trace {
  let startMs: number | undefined;
  return (nowMs, event) => {
    startMs ??= nowMs;
    write(`${(nowMs - startMs).toFixed(1).padStart(9)} ms  ${textOf(event)}`);
  };
}

function textOf(event: TraceEvent): string {
  switch (event.kind) {
    case 'hello':
      return row(
        '→',
        '',
        event.bytes,
        `HELLO${event.hasCookie ? ' with the cookie' : ''}, attempt ${event.attempt}`,
      );
    case 'retry':
      return row('←', '', event.bytes, 'RETRY: the server demands a cookie');
    case 'accept':
      return row('←', '', event.bytes, `ACCEPT, signed by the key sha256=${keySha256Of(event.serverKey)}`);
    case 'open':
      return here(`open${event.tookMs === undefined ? '' : `: the handshake took ${ms(event.tookMs)}`}`);
    case 'packet':
      return row(arrows[event.direction], event.number, event.bytes, frames(event.frames));
    case 'dropped':
      return row(arrows[event.direction], event.number ?? '', event.bytes, 'DROPPED on purpose');
    case 'ignored': {
      const why = event.why === 'repeated' ? 'it has arrived before' : 'the peer did not seal it';
      return row('←', '', event.bytes, `ignored: ${why}`);
    }
    case 'reset':
      return row('←', '', event.bytes, 'stateless reset: the server knows nothing of this association');
    case 'gone':
      return here(`gone${event.error === undefined ? ' in order' : `: ${printable(event.error.message)}`}`);
    case 'closing':
      return here(`closing, code ${code(event.code, closeWords)}`);
    default:
      return here(changeOf(event));
  }
}

type Change = Exclude<
  TraceEvent,
  {
    kind:
      | 'hello'
      | 'retry'
      | 'accept'
      | 'open'
      | 'packet'
      | 'dropped'
      | 'ignored'
      | 'reset'
      | 'gone'
      | 'closing';
  }
>;

function changeOf(event: Change): string {
  switch (event.kind) {
    case 'acked': {
      const what = `${event.packets} ${event.packets === 1 ? 'packet' : 'packets'} (${bytes(event.bytes)})`;
      const trip = `round trip ${ms(event.roundTripMs)}, smoothed ${ms(event.smoothedMs)}`;
      return `acknowledged: ${what}; ${trip}; ${bytes(event.underWayBytes)} under way`;
    }
    case 'lost':
      return `#${event.number} is LOST: ${whyLost(event)}`;
    case 'late':
      return `#${event.number} was not lost but late`;
    case 'silence': {
      const after = `probe time-out ${event.count} in a row`;
      return event.isRestart
        ? `${after}: what was known of the path is forgotten`
        : `${after}: the oldest bytes are sent again`;
    }
    case 'phase':
      return `phase ${event.phase}${phaseWords[event.phase] ?? ''}`;
    case 'rate': {
      const loss = event.loss === 0 ? '' : ` (makes up for ${Math.round(event.loss * 100)} % loss)`;
      return `rate of the path ${rate(event.rate)}; pace ${rate(event.pace)}${loss}; window ${bytes(event.windowBytes)}`;
    }
    case 'datagram-size':
      return `datagrams have up to ${bytes(event.bytes)}`;
    case 'key':
      return `${event.direction === 'in' ? "the peer's" : 'our'} key was changed, time ${event.phase}`;
    case 'moved': {
      const place = `${printable(event.host)} port ${event.port}`;
      return event.isProven
        ? `the peer is at ${place}`
        : `the peer seems to be at ${place}; it must answer a CHALLENGE`;
    }
  }
}

const phaseWords: Readonly<Record<string, string>> = {
  start: ': looks for the rate of the path',
  drain: ': lets the queue drain',
  cycle: ': sends at the rate of the path, now a little more, now a little less',
  least: ': sends little, to see the shortest round trip',
};

function frames(list: readonly TracedFrame[]): string {
  const shown = list.slice(0, mostFrames).map(frame);
  if (list.length > shown.length) shown.push(`and ${list.length - shown.length} more frames`);
  return shown.join('; ') || 'no frame';
}

function frame(one: TracedFrame): string {
  switch (one.type) {
    case 'ping':
      return 'PING';
    case 'padding':
      return `PADDING ${one.bytes}`;
    case 'ack': {
      const ranges = one.ranges.slice(0, mostRanges).map(([first, last]) => range(first, last));
      const more = one.ranges.length - ranges.length;
      return `ACK ${ranges.join(' ')}${more > 0 ? ` and ${more} more` : ''}`;
    }
    case 'max-stream':
      return `MAX_STREAM ${one.stream}: up to ${one.offset}`;
    case 'max-streams':
      return `MAX_STREAMS ${one.count}`;
    case 'reset':
      return `RESET ${one.stream} at ${one.finalOffset}, code ${one.code}`;
    case 'stop':
      return `STOP ${one.stream}, code ${one.code}`;
    case 'stream': {
      const what =
        one.length === 0 ? `at ${one.offset}` : `bytes ${range(one.offset, one.offset + one.length - 1)}`;
      return `STREAM ${one.stream}: ${what}${one.isAgain ? ' AGAIN' : ''}${one.isFinal ? ' (end)' : ''}`;
    }
    case 'challenge':
      return 'CHALLENGE';
    case 'response':
      return 'RESPONSE';
    case 'close': {
      const reason = one.reason === '' ? '' : `: ${printable(one.reason)}`;
      return `CLOSE, code ${code(one.code, closeWords)}${reason}`;
    }
  }
}

function whyLost({ number, why, behind, missingMs }: Extract<TraceEvent, { kind: 'lost' }>): string {
  if (why === 'overtaken') return `#${number + behind} has arrived`;
  if (why === 'overdue') return `missing for ${ms(missingMs)}, longer than a round trip`;
  return 'nothing came back for three probe time-outs';
}

function row(arrow: string, number: number | '', size: number, text: string): string {
  return `${arrow} ${(number === '' ? '' : `#${number}`).padEnd(6)}${`${size}`.padStart(5)}  ${text}`;
}

/** What happens here stands where what packets carry stands. */
function here(text: string): string {
  return `·              ${text}`;
}

function range(first: number, last: number): string {
  return first === last ? `${first}` : `${first}–${last}`;
}

function bytes(count: number): string {
  return `${Math.round(count)} ${count === 1 ? 'byte' : 'bytes'}`;
}

function ms(time: number): string {
  return `${time.toFixed(1)} ms`;
}

function rate(bytesPerMs: number): string {
  return `${((bytesPerMs * 8) / 1000).toFixed(2)} Mbit/s`;
}

function code(number: number, words: readonly string[]): string {
  const word = words[number];
  return word === undefined ? `${number}` : `${number} (${word})`;
}

/** The peer's words in printable ASCII. */
function printable(text: string): string {
  return text.slice(0, mostReason).replace(/[^\x20-\x7e]/gu, '?');
}
