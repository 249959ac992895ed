import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { byClient, byServer, type Reading, readPieces } from '../../../tests/support/chat11-reading.ts';
import { readTranscripts, type Step, withLineEnd } from '../../../tests/support/transcripts.ts';
import { encodeUtf8 } from '../text.ts';
import { codes } from './codes.ts';
import { eventKinds, formatEvent, parseEvent } from './event.ts';
import { joinBytes, Malformed, type Parcel } from './parcel.ts';
import { formatRequest, parseRequest, type Request, requestKinds } from './request.ts';
import {
  type AnsweredKind,
  formatFailure,
  formatResponse,
  isDataFailure,
  parseResponse,
} from './response.ts';

/** docs/protocol.md says what the code does. */

const page = new URL('../../../docs/protocol.md', import.meta.url);
const section = readFileSync(page, 'utf8').split('\n## CHAT/1.1\n')[1] ?? '';
/** Examples that are also replayed against a server (`tests/scenarios/chat11-page.test.ts`), and ones that cannot be. */
const examples = ['chat11-transcript', 'chat11-example'].flatMap((mark) => readTranscripts(page, mark));

/** Returns the bytes that `who` sends or gets. */
function bytesOf(steps: readonly Step[], who: string, kind: Step['kind']): Uint8Array {
  const lines = steps.filter((step) => step.who === who && step.kind === kind).map(({ text }) => text);
  return encodeUtf8(lines.map(withLineEnd).join(''));
}

function wellFormed<T>(one: T | Malformed): T {
  assert.ok(!(one instanceof Malformed), one instanceof Malformed ? one.text : '');
  return one;
}

const parcelsOf = (bytes: Uint8Array, reading: Reading): Parcel[] =>
  readPieces([bytes], reading).map((one) => wellFormed<Parcel>(one));

/** Parses a server's parcel and formats it again; `waiting` are the requests that have no response yet. */
function writtenAgain(parcel: Parcel, waiting: AnsweredKind[]): Uint8Array {
  if (parcel.start.kind === 'verb') return formatEvent(wellFormed(parseEvent(parcel)));
  const kind = isDataFailure(parcel) ? 'ping' : waiting.shift();
  assert.ok(kind !== undefined, 'a response to nothing');
  const response = wellFormed(parseResponse(kind, parcel));
  return response.kind === 'failure' ? formatFailure(response) : formatResponse(response);
}

function check(steps: readonly Step[], who: string): Request[] {
  const sent = bytesOf(steps, who, 'sends');
  const requests = parcelsOf(sent, byServer).map((parcel) => wellFormed(parseRequest(parcel)));
  assert.equal(text(joinBytes(requests.map(formatRequest))), text(sent));
  const waiting = requests.map(({ kind }) => kind).filter((kind) => kind !== 'data');
  const received = bytesOf(steps, who, 'gets');
  const again = parcelsOf(received, byClient).map((parcel) => writtenAgain(parcel, waiting));
  assert.equal(text(joinBytes(again)), text(received));
  assert.deepEqual(waiting, [], 'every request has its response');
  return requests;
}

const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

/** The first cells of the table whose head row begins with `head`. */
function firstCells(head: string): string[] {
  const table = section.split('\n\n').find((part) => part.startsWith(`| ${head} |`)) ?? '';
  return table
    .split('\n')
    .slice(2)
    .map((row) => row.split('|')[1]?.replaceAll('`', '').trim() ?? '');
}

describe('docs/protocol.md', () => {
  it('has examples of CHAT/1.1', () => assert.ok(examples.length >= 12));

  for (const [index, { title, steps }] of examples.entries()) {
    it(`shows what is read and written byte for byte: ${title}, example ${index + 1}`, () => {
      for (const who of new Set(steps.map((step) => step.who))) check(steps, who);
    });
  }

  it('has every code with its reason and meaning', () => {
    const rows = Object.entries(codes).map(([code, row]) => `| ${code} | ${row.reason} | ${row.meaning} |`);
    const table = section.split('\n\n').find((part) => part.startsWith('| code |')) ?? '';
    assert.deepEqual(table.split('\n').slice(2), rows);
  });

  it('has every request and every event in its tables', () => {
    const verbs = (head: string) => firstCells(head).map((cell) => cell.split(' ')[0]);
    assert.deepEqual(
      verbs('request'),
      requestKinds.map((kind) => kind.toUpperCase()),
    );
    assert.deepEqual(
      verbs('event'),
      eventKinds.map((kind) => kind.toUpperCase()),
    );
  });
});
