import type { Entry } from '../../client/client.ts';
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

/** Returns the environment variables for `--exec`. None has a NUL; a long text is left to standard input. */
export function environmentOf(entry: Entry, epoch: string | undefined): Readonly<Record<string, string>> {
  const { text, file } = contentOf(entry);
  return {
    EARSHOT_KIND: entry.kind,
    EARSHOT_FROM: entry.from,
    EARSHOT_TO: entry.to ?? '',
    EARSHOT_TIME: timeOf(entry.timeMs),
    EARSHOT_POSITION: String(entry.position ?? ''),
    EARSHOT_CURSOR: cursorOf(entry, epoch) ?? '',
    EARSHOT_OWN: entry.isOwn ? 'yes' : 'no',
    EARSHOT_MATCHED: entry.matched.join(','),
    EARSHOT_TEXT: variable(text),
    ...(file === undefined
      ? {}
      : {
          EARSHOT_FILE_ID: file.id,
          EARSHOT_FILE_NAME: variable(file.name),
          EARSHOT_FILE_BYTES: String(file.bytes),
          EARSHOT_FILE_SHA256: file.sha256,
        }),
  };
}

/** What a command gets on its standard input. */
export function inputOf(entry: Entry): string {
  return `${contentOf(entry).text}\n`;
}

/** Linux allows 128 KiB for one variable; `EARSHOT_TEXT` of a longer text has its beginning. */
const maxVariableBytes = 100_000;

function variable(text: string): string {
  const bytes = Buffer.from(text.replaceAll('\0', ''));
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
