import type { Entry } from '../../client/client.ts';
import { safeFileName } from '../../client-node/safe-file-name.ts';
import { formatCursor } from './cursor.ts';

/** Characters that control a terminal, reorder its text or hide in it, and UTF-16 surrogates without a partner. */
const hidden = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\p{DI}\ufff9-\ufffb]/gu;

/**
 * Returns an entry as one JSON object in one line. Its strings say exactly what was said; what could control a terminal
 * is in `\u` escapes.
 */
export function jsonOf(entry: Entry, epoch: string | undefined): string {
  const { kind, from, to = null, timeMs, isOwn: own, matched } = entry;
  const place = {
    position: entry.position ?? null,
    cursor: cursorOf(entry, epoch) ?? null,
    epoch: epoch ?? null,
  };
  const said = { kind, ...place, time: timeOf(timeMs), from, to, own, matched };
  const { text, file } = contentOf(entry);
  return asciiControls(JSON.stringify({ ...said, text, ...(file === undefined ? {} : { file }) }));
}

/**
 * Returns the environment variables for `--exec`. Each is one line without control characters; a long text is left to
 * standard input. The name of a file is one under which it could be saved, as in `join`; `EARSHOT_TEXT` has it as it came.
 */
export function environmentOf(entry: Entry, epoch: string | undefined): Readonly<Record<string, string>> {
  const { text, file } = contentOf(entry);
  const variables = {
    EARSHOT_KIND: entry.kind,
    EARSHOT_FROM: entry.from,
    EARSHOT_TO: entry.to ?? '',
    EARSHOT_TIME: timeOf(entry.timeMs),
    EARSHOT_POSITION: String(entry.position ?? ''),
    EARSHOT_CURSOR: cursorOf(entry, epoch) ?? '',
    EARSHOT_OWN: entry.isOwn ? 'yes' : 'no',
    EARSHOT_MATCHED: entry.matched.join(','),
    EARSHOT_TEXT: text,
    ...(file === undefined
      ? {}
      : {
          EARSHOT_FILE_ID: file.id,
          EARSHOT_FILE_NAME: safeFileName(file.name),
          EARSHOT_FILE_BYTES: String(file.bytes),
          EARSHOT_FILE_SHA256: file.sha256,
        }),
  };
  return Object.fromEntries(Object.entries(variables).map(([name, value]) => [name, variable(value)]));
}

/** What a command gets on its standard input: always one line. */
export function inputOf(entry: Entry): string {
  return `${oneLine(contentOf(entry).text)}\n`;
}

/**
 * Makes a text one line: what programs take for the end of a line becomes a space, and any other control character but
 * TAB becomes U+FFFD. Over CHAT/1.1 only U+2028 and U+2029 can be in a text; a command may rely on all of it.
 */
function oneLine(text: string): string {
  return text.replace(/\r\n|[\n\v\f\r\x1c-\x1e\u0085\u2028\u2029]/g, ' ').replace(/(?!\t)\p{Cc}/gu, '\ufffd');
}

/** Linux allows 128 KiB for one variable; `EARSHOT_TEXT` of a longer text has its beginning. */
const maxVariableBytes = 100_000;

function variable(text: string): string {
  const bytes = Buffer.from(oneLine(text));
  if (bytes.length <= maxVariableBytes) return bytes.toString();
  // A character that was cut in two becomes U+FFFD.
  return bytes
    .subarray(0, maxVariableBytes)
    .toString()
    .replace(/\ufffd$/, '');
}

/** The text of an attachment is the name of its file. */
function contentOf(entry: Entry) {
  if (entry.kind === 'message') return { text: entry.text, file: undefined };
  const { id, name, bytes, sha256 } = entry;
  return { text: name, file: { id, name, bytes, sha256 } };
}

function cursorOf({ position }: Entry, epoch: string | undefined): string | undefined {
  return position === undefined || epoch === undefined ? undefined : formatCursor({ position, epoch });
}

function timeOf(timeMs: number): string {
  return new Date(timeMs).toISOString();
}

function asciiControls(json: string): string {
  return json.replace(hidden, (character) =>
    Array.from(
      { length: character.length },
      (_, at) => `\\u${character.charCodeAt(at).toString(16).padStart(4, '0')}`,
    ).join(''),
  );
}
