/** Texts of strangers that harm a terminal which prints them as they are, or that deceive its reader. */
export const hostileTexts: Readonly<Record<string, string>> = {
  'CSI: clear the screen and go home': 'a\x1b[2J\x1b[1;1HEVIL',
  'CSI: report the cursor': 'a\x1b[6n\x1b[c',
  'OSC 0: the title': 'a\x1b]0;EVIL\x07b',
  'OSC 8: a link': 'a\x1b]8;;http://evil.example\x1b\\click\x1b]8;;\x1b\\',
  'OSC 52: the clipboard': 'a\x1b]52;c;cm0gLXJmIC8=\x07b',
  DCS: 'a\x1bP+q544e\x1b\\b',
  'C1: CSI and OSC in one character': 'a\u009b2J\u009d0;EVIL\u009cb\u0090q\u009c',
  BEL: 'a\x07b',
  BS: 'alice\b\b\b\b\bEVIL',
  DEL: 'a\x7fb',
  NUL: 'a\0b',
  CR: 'alice\rEVIL: 14:03 @eve → you: hi',
  'a line behind LF': 'a\nEVIL The connection is back.',
  'a line behind CR LF': 'a\r\nEVIL > mine',
  'VT and FF': 'a\vEVIL\fEVIL',
  NEL: 'a\u0085EVIL',
  'line separator': 'a\u2028EVIL 14:03 > mine',
  'paragraph separator': 'a\u2029EVIL ── Monday ──',
  'bidi override': 'a\u202egnp.exe\u202c\u2066x\u2069\u200e\u200f\u061c',
  'zero width': 'a\u200b\u2060\ufeffb\u00ad',
  'tag characters': 'a\u{e0041}\u{e0042}b',
  'variation selectors': 'a\u{e0100}b',
  'lone surrogates': 'a\ud800b\udc00',
  '50 marks': `a${'\u0301'.repeat(50)}b`,
  'a mark in front': '\u0301\u20e3a',
  fillers: 'a\u115f\u3164\uffa0b',
  'interlinear annotation': 'a\ufff9b\ufffac\ufffb',
};

/** What our own programs send to a terminal besides text. */
const own =
  /\x1b\[[\d;]*m|\x1b\[\d*[A-DGJK]|\x1b\[H|\x1b\[\?(?:7|1004|2004)[hl]|\x1b\[2[23];2t|\x1b\](?:2|9);[^\x00-\x1f\x7f-\x9f]*\x1b\\|\x1b\]8;(?:id=[0-9a-f]+)?;[!-~]*\x1b\\|\x07/g;

const harmful =
  /[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\u00ad\u115f\u3164\uffa0\u{e0000}-\u{e007f}]|\p{M}{5}/u;

/** Returns what is left that could harm, with its surroundings, after what is our own was removed; undefined for nothing. */
export function harmIn(raw: string, allowed: 'terminal' | 'pipe' = 'terminal'): string | undefined {
  const text = allowed === 'terminal' ? raw.replace(own, '') : raw;
  const found = harmful.exec(text);
  return found === null
    ? undefined
    : JSON.stringify(text.slice(Math.max(0, found.index - 40), found.index + 40));
}
