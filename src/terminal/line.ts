/** What a part of a line is. A terminal with colours shows each in its own way. */
export type Style =
  /** A user's name: in a colour of its own. */
  | 'name'
  /** A part of a text that matches what the user follows. */
  | 'matched'
  /** To whom a line went, when that is not the followers of its words. */
  | 'recipient'
  /** The program's own words beside those of people. */
  | 'quiet'
  | 'time'
  | 'notice'
  | 'problem';

/** A part of a line. `text` is as it came: the screen escapes it. */
export interface Span {
  readonly text: string;
  readonly style?: Style;
  /** The address that a click on the text opens. */
  readonly link?: string;
}

/** A line for a screen. One that begins with a `time` is wrapped below what follows the time. */
export type Line = readonly Span[];

/** Returns the text of a line without its styles. */
export function plainTextOf(line: Line): string {
  return line.map(({ text }) => text).join('');
}
