import { acknowledgedLine, gotLine, sendLine, storedLine } from './excerpt.ts';
import type { Got, History, Reading, Send, Stored } from './history.ts';
import type { Violation } from './violation.ts';

/** What is wrong with what is stored, compared with what was sent, acknowledged and shown. */
export function storeViolations(history: History): Violation[] {
  return [
    ...storedTwice(history),
    ...lost(history),
    ...resurrected(history),
    ...realTime(history),
    ...callOrder(history),
    ...attachments(history),
  ];
}

/** Everybody who said where a message is: the log at the end, readers, acknowledgements. */
interface Place {
  readonly position: number;
  readonly id: string;
  readonly line: string;
}

function placesIn({ sends, readings, stored }: History): Place[] {
  return [
    ...stored.map((entry) => ({ position: entry.position, id: entry.id, line: storedLine(entry) })),
    ...sends.flatMap((send) => {
      const { id, outcome } = send;
      if (outcome?.kind !== 'stored' || outcome.position === undefined) return [];
      return [{ position: outcome.position, id, line: acknowledgedLine(send) }];
    }),
    ...readings.flatMap((reading) =>
      reading.got.flatMap((got) =>
        got.position === undefined
          ? []
          : [{ position: got.position, id: got.id, line: gotLine(reading, got) }],
      ),
    ),
  ];
}

/** A message has one position, and a position one message, whoever tells. */
function storedTwice(history: History): Violation[] {
  const byId = new Map<string, Place>();
  const byPosition = new Map<number, Place>();
  const found: Violation[] = [];
  const told = new Set<string>();
  for (const place of placesIn(history)) {
    const sameId = byId.get(place.id) ?? place;
    const samePosition = byPosition.get(place.position) ?? place;
    byId.set(place.id, sameId);
    byPosition.set(place.position, samePosition);
    const isNew = !told.has(place.id);
    if (isNew && sameId.position !== place.position) {
      const what = `${place.id} is at position ${sameId.position} and at ${place.position}`;
      found.push({ kind: 'stored twice', what, excerpt: [sameId.line, place.line] });
      told.add(place.id);
    } else if (isNew && samePosition.id !== place.id) {
      const what = `position ${place.position} has ${samePosition.id} and ${place.id}`;
      found.push({ kind: 'stored twice', what, excerpt: [samePosition.line, place.line] });
      told.add(place.id);
    }
  }
  return found;
}

function lost({ sends, readings, stored, prunedThrough, faults }: History): Violation[] {
  const there = new Set(stored.map(({ id }) => id));
  const shown = new Map<string, { readonly reading: Reading; readonly got: Got }>();
  for (const reading of readings)
    for (const got of reading.got) if (!shown.has(got.id)) shown.set(got.id, { reading, got });
  return sends.flatMap((send): Violation[] => {
    const { id, outcome } = send;
    if (there.has(id)) return [];
    const first = shown.get(id);
    const position = (outcome?.kind === 'stored' ? outcome.position : undefined) ?? first?.got.position;
    const isStored = outcome?.kind === 'stored';
    if (!isStored && first === undefined) return [];
    // Without a position nobody knows whether it was old enough to be deleted.
    if (prunedThrough > 0 && (position === undefined || position <= prunedThrough)) return [];
    const atMs = isStored ? outcome.atMs : (first?.got.atMs ?? 0);
    const next = faults.find((fault) => fault.atMs >= atMs);
    return [
      {
        kind: 'lost',
        what: `${id} was ${isStored ? 'acknowledged' : 'shown'}, and is not there at the end`,
        excerpt: [
          sendLine(send),
          ...(isStored ? [acknowledgedLine(send)] : []),
          ...(first === undefined ? [] : [gotLine(first.reading, first.got)]),
          ...(next === undefined ? [] : [`${Math.round(next.atMs)} ms: ${next.name}`]),
          'the end: it is not in the history',
        ],
      },
    ];
  });
}

function resurrected({ sends, readings, stored }: History): Violation[] {
  const byId = new Map(sends.map((send) => [send.id, send]));
  const seen = new Map<string, { readonly from: string; readonly line: string }>();
  for (const entry of stored) seen.set(entry.id, { from: entry.from, line: storedLine(entry) });
  for (const reading of readings)
    for (const got of reading.got)
      if (!seen.has(got.id)) seen.set(got.id, { from: got.from, line: gotLine(reading, got) });
  return [...seen].flatMap(([id, { from, line }]): Violation[] => {
    const send = byId.get(id);
    if (send === undefined) {
      return [{ kind: 'resurrected', what: `nobody sent ${id}, which is there`, excerpt: [line] }];
    }
    if (send.from !== from) {
      const what = `${id} is there as ${from}'s, and ${send.from} sent it`;
      return [{ kind: 'resurrected', what, excerpt: [sendLine(send), line] }];
    }
    if (send.outcome?.kind !== 'refused') return [];
    const what = `${id} was refused (${send.outcome.why}), and is there`;
    return [{ kind: 'resurrected', what, excerpt: [sendLine(send), line] }];
  });
}

interface Placed {
  readonly send: Send;
  readonly position: number;
}

/** The sends whose position is known, however it is known. */
function placed({ sends, stored, readings }: History): Placed[] {
  const positions = new Map(stored.map(({ id, position }) => [id, position]));
  for (const { got } of readings)
    for (const { id, position } of got) if (position !== undefined) positions.set(id, position);
  return sends.flatMap((send) => {
    const acknowledged = send.outcome?.kind === 'stored' ? send.outcome.position : undefined;
    const position = acknowledged ?? positions.get(send.id);
    return position === undefined ? [] : [{ send, position }];
  });
}

/** What was acknowledged before something else was sent, by anybody, comes before it. */
function realTime(history: History): Violation[] {
  const all = placed(history);
  const acknowledged = all
    .flatMap(({ send, position }) =>
      send.outcome?.kind === 'stored' ? [{ send, position, atMs: send.outcome.atMs }] : [],
    )
    .sort((a, b) => a.atMs - b.atMs);
  const found: Violation[] = [];
  let next = 0;
  let newest: Placed | undefined;
  for (const { send, position } of all.sort((a, b) => a.send.beganMs - b.send.beganMs)) {
    for (
      let one = acknowledged[next];
      one !== undefined && one.atMs < send.beganMs;
      one = acknowledged[++next]
    )
      if (newest === undefined || one.position > newest.position) newest = one;
    if (newest === undefined || newest.position < position || newest.send.id === send.id) continue;
    found.push({
      kind: 'out of order',
      what: `${newest.send.id} was acknowledged before ${send.id} was sent, and comes after it`,
      excerpt: [acknowledgedLine(newest.send), `${sendLine(send)}, which got position ${position}`],
    });
  }
  return found;
}

/** The library promises that texts are stored in the order of the calls. */
function callOrder(history: History): Violation[] {
  const texts = placed(history).filter(({ send }) => send.wire === 'library' && send.sha256 === undefined);
  const byDevice = Map.groupBy(texts, ({ send }) => send.device);
  return [...byDevice.values()].flatMap((sent) =>
    sent
      .sort((a, b) => a.send.beganMs - b.send.beganMs)
      .flatMap(({ send, position }, index): Violation[] => {
        const before = sent[index - 1];
        if (before === undefined || before.position < position) return [];
        return [
          {
            kind: 'out of order',
            what: `${before.send.id} was sent before ${send.id}, by the same client, and comes after it`,
            excerpt: [before, { send, position }].map(
              (one) => `${sendLine(one.send)}, which got position ${one.position}`,
            ),
          },
        ];
      }),
  );
}

function attachments({ sends, stored }: History): Violation[] {
  const files = new Map(sends.flatMap((send) => (send.sha256 === undefined ? [] : [[send.id, send]])));
  return stored.flatMap((entry: Stored): Violation[] => {
    const send = files.get(entry.id);
    if (send === undefined || send.sha256 === entry.sha256) return [];
    return [
      {
        kind: 'attachment missing',
        what: `${entry.id} was announced with ${send.sha256}, and what is fetched is ${entry.sha256 ?? 'nothing'}`,
        excerpt: [sendLine(send), storedLine(entry)],
      },
    ];
  });
}
