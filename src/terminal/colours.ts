import type { Span, Style } from './line.ts';

/** Colours, and links, for a terminal's text. */
export interface Colours {
  /** Returns the text, which has to be escaped, with the control sequences of its style and its link. */
  paint(span: Span): string;
}

/** No colour anywhere: for pipes, files, `NO_COLOR` (no-color.org: set and not empty) and `TERM=dumb`. */
export const noColours: Colours = { paint: ({ text }) => text };

const ansiColours: Colours = { paint: painted };

/** The Linux console prints parts of a link's sequence. */
const coloursWithoutLinks: Colours = { paint: ({ link: _, ...span }) => painted(span) };

type Environment = Readonly<Record<string, string | undefined>>;

export function coloursFor(stream: { readonly isTTY?: boolean }, environment: Environment): Colours {
  const unwanted = (environment.NO_COLOR ?? '') !== '' || environment.TERM === 'dumb';
  if (stream.isTTY !== true || unwanted) return noColours;
  return environment.TERM === 'linux' ? coloursWithoutLinks : ansiColours;
}

/** How each style begins and ends, as numbers of SGR sequences. */
const codes: Readonly<Record<Exclude<Style, 'name'>, readonly [begin: string, end: string]>> = {
  matched: ['1;4', '22;24'],
  recipient: ['1', '22'],
  quiet: ['2', '22'],
  time: ['2', '22'],
  notice: ['2', '22'],
  problem: ['31', '39'],
};

function painted({ text, style, link }: Span): string {
  if (text === '') return '';
  const [begin, end] = style === 'name' ? [String(nameColour(text)), '39'] : style ? codes[style] : [];
  const styled = begin === undefined ? text : `\x1b[${begin}m${text}\x1b[${end}m`;
  if (link === undefined) return styled;
  // With the same id, the rows of a link that is broken are one link to the terminal.
  return `\x1b]8;id=${hashOf(link).toString(16)};${link}\x1b\\${styled}\x1b]8;;\x1b\\`;
}

/** Green, yellow, magenta, cyan, and their bright forms: red means a problem, blue is too dark to read. */
const nameColours = [32, 33, 35, 36, 92, 93, 95, 96] as const;

/** Returns the colour of a name, the same in every session. */
function nameColour(name: string): number {
  return nameColours[hashOf(name) % nameColours.length] ?? 32;
}

function hashOf(text: string): number {
  let hash = 0;
  for (const character of text) hash = (Math.imul(hash, 31) + (character.codePointAt(0) ?? 0)) >>> 0;
  return hash;
}
