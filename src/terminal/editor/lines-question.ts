import type { Key } from './keys.ts';

/** Several lines at once, from a paste or typed with Alt-Enter. */
export interface Lines {
  /** The lines, joined by line feeds. */
  readonly text: string;
  /** What of them the user typed in front of what was pasted; all of it when nothing was pasted. */
  readonly typed: string;
}

/** The question what to do with several lines. */
export interface LinesQuestion extends Lines {
  /** How many of them are not blank. */
  readonly count: number;
  readonly isPaste: boolean;
  /** What Enter would do, as in "Enter sends them as lines"; undefined when only a file is possible. */
  readonly asLines: string | undefined;
}

/** Returns how many lines of `text` are not blank. */
export function countLines(text: string): number {
  return text.split('\n').filter((line) => line.trim() !== '').length;
}

/** Returns what a key answers; undefined when it is no answer. */
export function answerOf(key: Key, { asLines }: LinesQuestion): 'lines' | 'file' | 'cancel' | undefined {
  if (key.kind === 'text') return key.text.toLowerCase() === 'f' ? 'file' : undefined;
  if (key.kind !== 'key') return undefined;
  if (key.name === 'enter') return asLines === undefined ? undefined : 'lines';
  return ['escape', 'ctrl-c', 'ctrl-g'].includes(key.name) ? 'cancel' : undefined;
}

/** Returns the question in words. */
export function questionText({ count, isPaste, asLines }: LinesQuestion): string {
  const what = `${count.toLocaleString('en')} ${count === 1 ? 'line' : 'lines'}`;
  const lines = asLines === undefined ? '' : `${asLines}, `;
  return `${isPaste ? 'Paste of ' : ''}${what}: ${lines}f makes one file, Esc cancels`;
}
