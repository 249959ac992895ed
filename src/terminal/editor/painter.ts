import { widthOf } from './cells.ts';

/** What stands below everything that was printed: rows with the cursor among them. */
export interface Block {
  readonly rows: readonly Row[];
  readonly cursor: { readonly row: number; readonly column: number };
}

export interface Row {
  /** Without control characters, and no wider than the terminal. */
  readonly text: string;
  /** Adds colours. */
  readonly style?: (text: string) => string;
}

/**
 * What a terminal that gets narrower does with rows that no longer fit: most wrap them all, the emulator in many
 * editors (xterm.js) all but that of the cursor, and xterm cuts them off.
 */
export type Reflow = 'all' | 'above-cursor' | 'none';

/** Terminals do not tell, so we go by their names. */
export function reflowOf(env: NodeJS.ProcessEnv): Reflow {
  if ((env.TMUX ?? '') !== '') return 'all';
  if (env.TERM_PROGRAM === 'vscode') return 'above-cursor';
  return env.XTERM_VERSION === undefined ? 'all' : 'none';
}

const eraseDown = '\r\x1b[J';
/** A terminal that finds a row wider than we do must not begin another row: all rows below would be wrong. */
const noWrap = '\x1b[?7l';
const wrap = '\x1b[?7h';

/**
 * Draws a block of rows at the end of what is printed, and removes it before anything else is printed. Each row of the
 * block is a line of the terminal, so nobody but us wraps them, and what they cover is known after a resize too.
 */
export class Painter {
  readonly #reflow: Reflow;
  #widths: readonly number[] = [];
  #cursor = { row: 0, column: 0 };
  #columns = 0;

  constructor(reflow: Reflow = 'all') {
    this.#reflow = reflow;
  }

  /** Whether a block is drawn. */
  get isDrawn(): boolean {
    return this.#widths.length > 0;
  }

  /**
   * Returns what draws `block` in place of the last one, with `printed` above it, which ends with a line end or is
   * empty. `columns` is the present width of the terminal.
   */
  draw(printed: string, { rows, cursor }: Block, columns: number): string {
    const erased = this.erase(columns);
    if (rows.length === 0) return erased + printed;
    this.#widths = rows.map(({ text }) => widthOf(text));
    this.#cursor = cursor;
    this.#columns = columns;
    const drawn = rows.map(({ text, style }) => (style === undefined || text === '' ? text : style(text)));
    const below = rows.length - 1 - cursor.row;
    const back = `${below > 0 ? `\x1b[${below}A` : ''}\r${cursor.column > 0 ? `\x1b[${cursor.column}C` : ''}`;
    return `${erased}${printed}${noWrap}${drawn.join('\r\n')}${wrap}${back}`;
  }

  /** Returns what removes the block; the next output takes its place. */
  erase(columns: number): string {
    if (!this.isDrawn) return '';
    const above = this.#rowsAboveCursor(columns);
    this.forget();
    return (above > 0 ? `\x1b[${above}A` : '') + eraseDown;
  }

  /** The terminal was cleared, and its cursor is in the first column. */
  forget(): void {
    this.#widths = [];
  }

  #rowsAboveCursor(columns: number): number {
    const { row, column } = this.#cursor;
    if (this.#reflow === 'none' || columns >= this.#columns || columns <= 0) return row;
    return this.#widths
      .slice(0, row)
      .reduce(
        (sum, width) => sum + Math.max(1, Math.ceil(width / columns)),
        this.#reflow === 'all' ? Math.floor(column / columns) : 0,
      );
  }
}
