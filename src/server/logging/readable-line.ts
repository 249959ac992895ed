/** Log lines for people: time, level, text, and further fields as `name=value`. */

const levels: Readonly<Record<string, readonly [name: string, colour: string]>> = {
  10: ['TRACE', '90'],
  20: ['DEBUG', '34'],
  30: ['INFO', '32'],
  40: ['WARN', '33'],
  50: ['ERROR', '31'],
  60: ['FATAL', '1;31'],
};

/**
 * Controls, what turns or hides text, lone surrogates, and marks beyond four on one character: escaped, so that they can
 * neither control the terminal nor deceive its reader.
 */
const harmful = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\p{DI}\ufff9-\ufffb]|(?<=\p{M}{4})\p{M}/gu;

/** `14:03:05 INFO  `, without which no row of a line begins. */
const headColumns = 15;

/**
 * Formats a JSON line of pino. Where the terminal has `columns`, rows after the first are indented, so that no part of a
 * field looks like a line.
 */
export function readableLine(line: string, hasColours: boolean, columns = Infinity): string {
  const { level, time, msg, ...about } = parse(line);
  // Begins with its level already: a text of a course, which is shown as the course has it.
  if (typeof msg === 'string' && msg.startsWith('[INFO] ')) return `${safe(msg)}\n`;
  const [name, colour] = levels[String(level)] ?? ['', '0'];
  const shown = name.padEnd(5);
  const values = Object.entries(about).map(([key, value]) => ` ${key}=${shownValue(value)}`);
  const at = new Date(String(time)).toTimeString().slice(0, 8);
  const text = broken(`${safe(String(msg ?? ''))}${safe(values.join(''))}`, columns);
  return `${at} ${hasColours ? `\u001b[${colour}m${shown}\u001b[0m` : shown} ${text}\n`;
}

function parse(line: string): Record<string, unknown> {
  try {
    return JSON.parse(line) as Record<string, unknown>;
  } catch {
    return { msg: line };
  }
}

function shownValue(value: unknown): string {
  if (typeof value === 'string') return /^[\w.:/@-]+$/.test(value) ? value : JSON.stringify(value);
  if (typeof value === 'object' && value !== null && 'message' in value) {
    const [, place = ''] = 'stack' in value ? String(value.stack).split('\n    at ') : [];
    return JSON.stringify(place === '' ? String(value.message) : `${value.message}, at ${place}`);
  }
  return JSON.stringify(value) ?? String(value);
}

function safe(text: string): string {
  return text.replace(harmful, (character) =>
    Array.from(
      { length: character.length },
      (_, at) => `\\u${character.charCodeAt(at).toString(16).padStart(4, '0')}`,
    ).join(''),
  );
}

/** Breaks `text` so that no row is wider than the terminal. Other characters than ASCII count as wide as any is. */
function broken(text: string, columns: number): string {
  const indent = '  ';
  if (columns < 2 * headColumns) return text;
  let result = '';
  let used = headColumns;
  for (const character of text) {
    const width = character <= '~' ? 1 : 2;
    if (used + width > columns) {
      result += `\n${indent}`;
      used = indent.length;
    }
    result += character;
    used += width;
  }
  return result;
}
