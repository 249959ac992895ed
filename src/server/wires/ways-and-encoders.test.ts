import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { anyString } from '../../../tests/support/any-string.ts';
import { byClient, readOne } from '../../../tests/support/chat11-reading.ts';
import { propertyRuns } from '../../../tests/support/property-runs.ts';
import { parseAttachmentHeader, parseServerLine } from '../../protocol/chat10/event.ts';
import { parseRequest as parseChat10 } from '../../protocol/chat10/request.ts';
import { parseEvent } from '../../protocol/chat11/event.ts';
import { Malformed, type Parcel } from '../../protocol/chat11/parcel.ts';
import { parseRequest as parseChat11 } from '../../protocol/chat11/request.ts';
import { baseName, fileNameProblem } from '../../protocol/file-names.ts';
import { termProblem } from '../../protocol/terms.ts';
import { encodeUtf8, hasControlCharacter } from '../../protocol/text.ts';
import { parseServerLine as parseVerbsLine } from '../../protocol/verbs/event.ts';
import { parseRequest as parseVerbs } from '../../protocol/verbs/request.ts';
import type { Message } from '../messages/entry.ts';
import { chat10Encoders } from './chat10/encoders.ts';
import { chat11Encoder } from './chat11/encoder.ts';
import { verbsEncoder } from './verbs/encoder.ts';

/**
 * Crosses every way in with every encoder: each protocol must be able to show what any of them accepts. The inputs
 * start from what a line may contain, and the parsers alone decide what becomes a message.
 */
const numRuns = propertyRuns(2_000, 10_000);
const stored = { id: 'ab'.repeat(16), bytes: 18, sha256: '0f'.repeat(32) };

const awkward = fc.constantFrom(
  ...[' ', '\t', '\u00a0', '\u2028', '\u2029', '\ufeff', '"', '!', '@bob', ',', '/', '\\', '..', 'é', '🍎'],
  ...['CHAT/1.0', 'CHAT/1.1', 'Matched: x', '\u202e', '\u0301', '＠', '__proto__', 'x.txt', '*'],
);
const line = fc
  .array(fc.oneof(awkward, anyString({ maxLength: 6 })), { minLength: 1, maxLength: 6 })
  .map((parts) => parts.join(''))
  .filter((text) => !hasControlCharacter(text) && text.isWellFormed());

type Way = (line: string) => Message | undefined;

const attached = (name: string, terms: readonly string[]): Message | undefined =>
  fileNameProblem(name) === undefined && terms.every((term) => termProblem(term) === undefined)
    ? { kind: 'attachment', terms, file: { ...stored, name } }
    : undefined;

const parcel = (
  verb: string,
  argument: string | undefined,
  headers: [string, string][],
  body = '',
): Parcel => ({
  start: { kind: 'verb', verb, argument },
  // A reader strips the white space around a value.
  headers: new Map(headers.map(([key, value]) => [key, value.replace(/^[ \t]+|[ \t]+$/g, '')])),
  body: encodeUtf8(body),
});

const ways: Readonly<Record<string, Way>> = {
  'CHAT/1.0 text'(typed) {
    const request = parseChat10(typed, 'alice', { followTerms: 200 });
    return request.kind === 'text' ? { kind: 'text', text: request.text } : undefined;
  },
  'CHAT/1.0 !attach'(typed) {
    const request = parseChat10(`!attach "${typed}" apple`, 'alice', { followTerms: 200 });
    return request.kind === 'attach' ? attached(baseName(request.path), request.terms) : undefined;
  },
  'verbs sendto'(typed) {
    const request = parseVerbs(`sendto bob ${typed}`);
    return request.kind === 'sendto' ? { kind: 'private', to: request.to, text: request.text } : undefined;
  },
  'CHAT/1.1 SEND'(typed) {
    const request = parseChat11(parcel('SEND', undefined, [], typed));
    return request.kind === 'send' ? { kind: 'text', text: request.text } : undefined;
  },
  'CHAT/1.1 ATTACH'(typed) {
    const request = parseChat11(
      parcel('ATTACH', undefined, [
        ['name', typed],
        ['size', '18'],
        ['terms', 'apple'],
      ]),
    );
    return request.kind === 'attach' ? attached(request.name, request.terms ?? []) : undefined;
  },
};

const entryOf = (message: Message) => ({ position: 7, timeMs: 1, sender: 'alice', message });

/** Each asserts that a client of the protocol reads one message, or one file, and nothing else. */
const encoders: Readonly<Record<string, (message: Message, terms: readonly string[]) => void>> = {
  'CHAT/1.1'(message, terms) {
    const { bytes } = chat11Encoder.encode(entryOf(message))(terms);
    const event = parseEvent(readOne(bytes, byClient));
    assert.ok(!(event instanceof Malformed), JSON.stringify(event));
    if (message.kind === 'attachment')
      assert.ok(event.kind === 'attachment' && event.name === message.file.name);
    else assert.ok(event.kind === 'message' && event.text === message.text);
  },
  ...Object.fromEntries(
    (['ascii', 'utf-8'] as const).flatMap((charset) => {
      const { linesOnly, withFiles } = chat10Encoders(charset);
      return [
        [
          `CHAT/1.0 lines, ${charset}`,
          (message: Message) => assertOneLine(linesOnly.encode(entryOf(message))()),
        ],
        [
          `CHAT/1.0 files, ${charset}`,
          (message: Message) => {
            const frame = withFiles.encode(entryOf(message))();
            if (message.kind !== 'attachment') return assertOneLine(frame);
            const [notice = '', origin = '', length = '', ...others] = linesOf(frame);
            assert.equal(parseServerLine(notice).kind, 'attachment');
            assert.equal(parseAttachmentHeader(origin).kind, 'origin');
            assert.deepEqual(parseAttachmentHeader(length), { kind: 'length', bytes: 18 });
            assert.deepEqual(others, []);
          },
        ],
      ] as const;
    }),
  ),
  verbs(message) {
    const [only = '', ...others] = linesOf(verbsEncoder.encode(entryOf(message))());
    assert.equal(parseVerbsLine(only).kind, 'delivery');
    assert.deepEqual(others, []);
  },
};

function assertOneLine(frame: { readonly bytes: Uint8Array }): void {
  assert.equal(linesOf(frame).length, 1);
}

/** Cuts lines as Python's `splitlines` does, which students' clients use. */
function linesOf({ bytes }: { readonly bytes: Uint8Array }): string[] {
  const text = new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes);
  assert.ok(text.endsWith('\n'));
  return text.slice(0, -1).split(/\r\n|[\n\r\v\f\u001c-\u001e\u0085\u2028\u2029]/);
}

for (const [way, accept] of Object.entries(ways)) {
  for (const [encoder, show] of Object.entries(encoders)) {
    test(`a message accepted by ${way} can be shown in ${encoder}`, () => {
      let accepted = 0;
      fc.assert(
        fc.property(line, fc.constantFrom([], ['apple'], ['@alice', 'apple']), (typed, terms) => {
          const message = accept(typed);
          if (message === undefined) return;
          accepted++;
          show(message, terms);
        }),
        { numRuns: numRuns / Object.keys(ways).length },
      );
      assert.ok(accepted > 20, `${accepted} accepted`);
    });
  }
}

test('a file with any name in the log can be shown in every encoder', () => {
  fc.assert(
    fc.property(fc.oneof(line, anyString()), (name) => {
      const message: Message = { kind: 'attachment', terms: ['apple'], file: { ...stored, name } };
      chat11Encoder.encode(entryOf(message))(['apple']);
      for (const charset of ['ascii', 'utf-8'] as const) {
        const { linesOnly, withFiles } = chat10Encoders(charset);
        assertOneLine(linesOnly.encode(entryOf(message))());
        assert.equal(linesOf(withFiles.encode(entryOf(message))()).length, 3);
      }
      assertOneLine(verbsEncoder.encode(entryOf(message))());
    }),
  );
});
