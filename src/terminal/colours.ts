/** Colours for a terminal's text. */
export interface Colours {
  name(text: string): string;
  notice(text: string): string;
  problem(text: string): string;
}

/** No colour anywhere: for pipes, files, `NO_COLOR` (no-color.org: set and not empty) and `TERM=dumb`. */
export const noColours: Colours = { name: same, notice: same, problem: same };

const ansiColours: Colours = {
  name: (text) => `\x1b[${nameColour(text)}m${text}\x1b[39m`,
  notice: (text) => `\x1b[2m${text}\x1b[22m`,
  problem: (text) => `\x1b[31m${text}\x1b[39m`,
};

type Environment = Readonly<Record<string, string | undefined>>;

export function coloursFor(stream: { readonly isTTY?: boolean }, environment: Environment): Colours {
  const unwanted = (environment.NO_COLOR ?? '') !== '' || environment.TERM === 'dumb';
  return stream.isTTY === true && !unwanted ? ansiColours : noColours;
}

function same(text: string): string {
  return text;
}

/** Green, yellow, magenta, cyan, and their bright forms: red means a problem, blue is too dark to read. */
const nameColours = [32, 33, 35, 36, 92, 93, 95, 96] as const;

/** Returns the colour of a name, the same in every session. */
function nameColour(text: string): number {
  let hash = 0;
  for (const character of text) hash = (Math.imul(hash, 31) + (character.codePointAt(0) ?? 0)) >>> 0;
  return nameColours[hash % nameColours.length] ?? 32;
}
