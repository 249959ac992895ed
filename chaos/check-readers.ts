import { Entitlement } from './entitlement.ts';
import { acknowledgedLine, gotLine, sendLine } from './excerpt.ts';
import type { Got, History, Reading, Send } from './history.ts';
import type { Violation } from './violation.ts';

/** What is wrong with what readers were shown. */
export function readerViolations(history: History): Violation[] {
  const entitlement = new Entitlement(history);
  const byId = new Map(history.sends.map((send) => [send.id, send]));
  const positions = positionsIn(history);
  return history.readings.flatMap((reading) => [
    ...resets(reading),
    ...order(reading),
    ...unentitled(reading, byId, entitlement),
    ...skipped(reading, history.sends, positions, entitlement),
  ]);
}

/** Where each message is, as far as anybody knows. */
function positionsIn({ stored, sends, readings }: History): Map<string, number> {
  const positions = new Map<string, number>();
  for (const { got } of readings)
    for (const { id, position } of got) if (position !== undefined) positions.set(id, position);
  for (const { id, outcome } of sends)
    if (outcome?.kind === 'stored' && outcome.position !== undefined) positions.set(id, outcome.position);
  for (const { id, position } of stored) positions.set(id, position);
  return positions;
}

/** No log was replaced in a run. */
function resets({ device, resets: count }: Reading): Violation[] {
  if (count === 0) return [];
  return [{ kind: 'lost', what: `${device} was told that the log is another one`, excerpt: [] }];
}

function order(reading: Reading): Violation[] {
  const found: Violation[] = [];
  const seen = new Map<string, Got>();
  let last: Got | undefined;
  for (const got of reading.got) {
    const before = seen.get(got.id);
    if (before !== undefined) {
      found.push({
        kind: 'shown twice',
        what: `${reading.device} was shown ${got.id} twice`,
        excerpt: [gotLine(reading, before), gotLine(reading, got)],
      });
    } else if ((got.position ?? Number.POSITIVE_INFINITY) <= (last?.position ?? 0)) {
      found.push({
        kind: 'out of order',
        what: `${reading.device} was shown ${got.id} after a later one`,
        excerpt: [...(last === undefined ? [] : [gotLine(reading, last)]), gotLine(reading, got)],
      });
    }
    seen.set(got.id, got);
    last = got;
  }
  return found;
}

function unentitled(
  reading: Reading,
  byId: ReadonlyMap<string, Send>,
  entitlement: Entitlement,
): Violation[] {
  return reading.got.flatMap((got): Violation[] => {
    const send = byId.get(got.id);
    if (send === undefined || entitlement.of(send, reading) !== 'no') return [];
    const isLeak = send.to !== undefined && send.from !== reading.user;
    return [
      {
        kind: isLeak ? 'private text leaked' : 'follow rule broken',
        what: `${reading.user} (${reading.device}) was shown ${got.id}, which is not for this reader`,
        excerpt: [sendLine(send), gotLine(reading, got)],
      },
    ];
  });
}

/** What had to be shown and was not, though something later was, or the reader waited to the end. */
function skipped(
  reading: Reading,
  sends: readonly Send[],
  positions: ReadonlyMap<string, number>,
  entitlement: Entitlement,
): Violation[] {
  const { got, gaps, after, beganMs, isComplete } = reading;
  const shown = new Set(got.map(({ id }) => id));
  const places = got.flatMap(({ id, position = positions.get(id) }) => position ?? []);
  const through = isComplete ? Number.POSITIVE_INFINITY : Math.max(0, ...places.slice(-1));
  return sends.flatMap((send): Violation[] => {
    if (shown.has(send.id) || send.outcome?.kind === 'refused') return [];
    const position = positions.get(send.id);
    const isLater = after === undefined ? send.beganMs > beganMs : (position ?? 0) > after;
    if (position === undefined || !isLater || position > through) return [];
    if (gaps.some(({ from, to }) => position >= from && position <= to)) return [];
    if (entitlement.of(send, reading) !== 'yes') return [];
    const next = got.find((one) => (one.position ?? positions.get(one.id) ?? 0) > position);
    const before = got.findLast((one) => (one.position ?? positions.get(one.id) ?? Infinity) < position);
    return [
      {
        kind: 'skipped',
        what: `${reading.user} (${reading.device}) was not shown ${send.id}, at position ${position}`,
        excerpt: [
          sendLine(send),
          acknowledgedLine(send),
          ...(before === undefined ? [] : [gotLine(reading, before)]),
          next === undefined ? `the end: ${reading.device} got nothing more` : gotLine(reading, next),
        ],
      },
    ];
  });
}
