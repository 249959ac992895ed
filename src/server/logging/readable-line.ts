/** Log lines for people: time, level, text, and further fields as `name=value`. */

const levels: Readonly<Record<string, readonly [name: string, colour: string]>> = {
  10: ['TRACE', '90'],
  20: ['DEBUG', '34'],
  30: ['INFO', '32'],
  40: ['WARN', '33'],
  50: ['ERROR', '31'],
  60: ['FATAL', '1;31'],
};

/** C0, DEL, C1 and bidirectional controls: escaped, so that they cannot control the terminal. */
const driving = /[\u0000-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]/g;

/** Formats a JSON line of pino. */
export function readableLine(line: string, hasColours: boolean): string {
  const { level, time, msg, ...about } = parse(line);
  // Begins with its level already: a text of a course, which is shown as the course has it.
  if (typeof msg === 'string' && msg.startsWith('[INFO] ')) return `${safe(msg)}\n`;
  const [name, colour] = levels[String(level)] ?? ['', '0'];
  const shown = name.padEnd(5);
  const values = Object.entries(about).map(([key, value]) => ` ${key}=${shownValue(value)}`);
  const at = new Date(String(time)).toTimeString().slice(0, 8);
  const text = `${safe(String(msg ?? ''))}${safe(values.join(''))}`;
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
  return text.replace(driving, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
