import { createInterface, type Interface } from 'node:readline';
import { PassThrough } from 'node:stream';
import type { ReadStream, WriteStream } from 'node:tty';
import { type Attention, noticeSequence, restoreTitle, saveTitle, titleSequence } from './attention.ts';
import { type Colours, coloursFor } from './colours.ts';
import { cutTo, widthOf } from './editor/cells.ts';
import type { Line } from './line.ts';
import { noticeLine, problemLine, rendered, type Screen } from './screen.ts';
import { visible } from './text.ts';
import { TtyEcho } from './tty-echo.ts';

export interface PromptHandlers {
  /** The user entered a line. */
  onLine(text: string): void;
  /** The user pressed Enter on an empty line. Without it, and while a question is asked, `onLine` gets that line. */
  onEmpty?(): void;
  /** The user leaves: by Ctrl-C, by Ctrl-D on an empty line, or because the terminal closed. */
  onLeave(): void;
  /** Nothing more will be typed: after Ctrl-D, or because the terminal closed. Without it `onLeave` is called. */
  onEnd?(): void;
}

export interface PromptOptions {
  /** Whether to ask the terminal when its window gets and loses the focus, for `isFocused`. */
  readonly focus?: boolean;
  /** Whether to take an entered line off the screen, so that the chat can show it when it has its place. */
  readonly takesLines?: boolean;
}

const historyLines = 1000;
const maxPendingRows = 5;

/**
 * A terminal with a prompt in its last line. What arrives is printed above the prompt, and the line that the user types
 * and its cursor stay as they are. Lines that arrive together are drawn together.
 */
export class PromptScreen implements Screen {
  readonly isTerminal = true;
  readonly #input: ReadStream;
  readonly #output: WriteStream;
  readonly #colours: Colours;
  readonly #environment: NodeJS.ProcessEnv;
  readonly #echo: TtyEcho;
  #readline: Interface | undefined;
  #lines: string[] = [];
  readonly #statuses = { connection: '', file: '' };
  #prompt = '> ';
  #isDrawDue = false;
  /** False after the prompt was erased or its line entered: the rows above the cursor are not the prompt's then. */
  #isPromptDrawn = false;
  #pending: readonly string[] = [];
  #pendingRowsDrawn = 0;
  #hasTitle = false;

  constructor(input: ReadStream, output: WriteStream, environment: NodeJS.ProcessEnv) {
    this.#input = input;
    this.#output = output;
    this.#environment = environment;
    this.#colours = coloursFor(output, environment);
    this.#echo = new TtyEcho(output);
  }

  /** Whether the terminal's window has the focus; undefined when nobody knows. */
  get isFocused(): boolean | undefined {
    return undefined;
  }

  /** Shows the prompt and starts to read lines. Call it once. */
  open(handlers: PromptHandlers, { takesLines = false }: PromptOptions = {}): void {
    const readline = createInterface({
      input: this.#input,
      output: this.#echo,
      terminal: true,
      historySize: historyLines,
      prompt: this.#prompt,
    });
    this.#readline = readline;
    this.#keepRowsRight(readline);
    // Keep passwords out of the history that the up key recalls.
    readline.on('history', (lines: string[]) => void (this.#echo.isHidden && lines.shift()));
    readline.on('line', (text) => {
      if (this.#echo.isHidden && this.#prompt !== '') this.#write('\r\n');
      this.#isPromptDrawn = false;
      if (takesLines && !this.#echo.isHidden) this.#eraseEntered(text);
      const isEmpty = text === '' && this.#prompt === '> ';
      if (isEmpty && handlers.onEmpty !== undefined) handlers.onEmpty();
      else handlers.onLine(text);
      if (this.#readline !== undefined) this.#writePrompt(readline);
    });
    readline.on('SIGINT', () => handlers.onLeave());
    // Ignore Ctrl-Z: under npx or a shell script it would suspend only us, and nothing would read the terminal.
    readline.on('SIGTSTP', () => {});
    readline.on('close', () => {
      // Ctrl-D, or the terminal closed. After our own `close` the user has not asked to leave.
      if (this.#readline === undefined) return;
      this.close();
      (handlers.onEnd ?? handlers.onLeave).call(handlers);
    });
    this.#draw();
  }

  /**
   * Sets the prompt, and whether typed characters are shown. With an empty prompt and `hidden` nothing is shown at all
   * until the next call.
   */
  prompt(text: string, echo: 'shown' | 'hidden' = 'shown'): void {
    const readline = this.#readline;
    if (readline !== undefined) this.#erase(readline);
    this.#prompt = text;
    this.#echo.isHidden = echo === 'hidden';
    this.#drawSoon();
  }

  show(line: Line | string): void {
    // A terminal that does not know its size has 0 columns.
    this.#add(rendered(line, { colours: this.#colours, columns: this.#output.columns || undefined }));
  }

  notice(text: string): void {
    this.show(noticeLine(text));
  }

  problem(text: string): void {
    this.show(problemLine(text));
  }

  /**
   * Shows these rows between what was printed and the prompt until the next call: at most five, the rest as their
   * number, each cut to the terminal's width. Nothing is shown while typing is hidden.
   */
  pending(rows: readonly string[]): void {
    this.#pending = rows;
    this.#drawSoon();
  }

  /** Calls the user to the terminal at once. Nothing happens before `open` and after `close`. */
  attention({ bell, title, notice }: Attention): void {
    if (this.#readline === undefined) return;
    if (title !== undefined && title !== '') {
      this.#write((this.#hasTitle ? '' : saveTitle) + titleSequence(title));
      this.#hasTitle = true;
    } else if (title !== undefined) this.#restoreTitle();
    if (notice !== undefined) this.#write(noticeSequence(notice, this.#environment));
    if (bell === true) this.#write('\x07');
  }

  status(text: string, about: 'connection' | 'file' = 'connection'): void {
    if (text === this.#statuses[about]) return;
    this.#statuses[about] = text;
    this.#drawSoon();
  }

  close(): void {
    const readline = this.#readline;
    if (readline === undefined) {
      this.#write(this.#takeLines());
      return;
    }
    this.#erase(readline);
    this.#restoreTitle();
    // Leave an unfinished line on the screen, below everything else.
    const isSecret = this.#echo.isHidden || readline.line === '';
    const draft = isSecret ? '' : `${this.#prompt}${visible(readline.line)}\r\n`;
    this.#readline = undefined;
    readline.close();
    this.#echo.destroy();
    this.#write(this.#takeLines() + draft);
  }

  #restoreTitle(): void {
    if (this.#hasTitle) this.#write(restoreTitle);
    this.#hasTitle = false;
  }

  #add(line: string): void {
    this.#lines.push(line);
    this.#drawSoon();
  }

  #drawSoon(): void {
    if (this.#isDrawDue) return;
    this.#isDrawDue = true;
    setImmediate(() => {
      this.#isDrawDue = false;
      this.#draw();
    });
  }

  #draw(): void {
    const readline = this.#readline;
    if (readline === undefined) {
      this.#write(this.#takeLines());
      return;
    }
    // Corked, so that the terminal gets one write and shows no intermediate state.
    this.#output.cork();
    this.#erase(readline);
    this.#write(this.#takeLines());
    this.#writePrompt(readline);
    this.#output.uncork();
  }

  #writePrompt(readline: Interface): void {
    this.#isPromptDrawn = true;
    const pending = this.#echo.isHidden ? [] : this.#pendingRows();
    this.#pendingRowsDrawn = pending.length;
    this.#write(pending.map((row) => `${this.#colours.paint({ text: row, style: 'notice' })}\r\n`).join(''));
    readline.setPrompt(this.#fullPrompt);
    readline.prompt(true);
    if (this.#echo.isHidden) this.#write(this.#fullPrompt);
  }

  get #fullPrompt(): string {
    const { connection, file } = this.#statuses;
    const status = connection === '' || file === '' ? connection + file : `${connection}; ${file}`;
    return status === '' || this.#prompt === '' ? this.#prompt : `[${visible(status)}] ${this.#prompt}`;
  }

  /** Erases the prompt and the typed line; the next output takes their place. */
  #erase(readline: Interface): void {
    if (!this.#isPromptDrawn) return;
    const promptRows = this.#echo.isHidden ? this.#hiddenRows() : readline.getCursorPos().rows;
    const rows = promptRows + this.#pendingRowsDrawn;
    this.#pendingRowsDrawn = 0;
    this.#write(`${rows > 0 ? `\x1b[${rows}A` : ''}\r\x1b[J`);
    tellRows(readline, 0);
    this.#isPromptDrawn = false;
  }

  /** Erases the line that was entered; the cursor is in the row below it. */
  #eraseEntered(text: string): void {
    // A terminal that does not know its size has 0 columns.
    const columns = this.#output.columns || 80;
    const rows = Math.floor(widthOf(`${this.#fullPrompt}${text}`) / columns) + 1 + this.#pendingRowsDrawn;
    this.#pendingRowsDrawn = 0;
    this.#write(`\x1b[${rows}A\r\x1b[J`);
  }

  /** How many rows below the prompt's first row the cursor is while typed characters are hidden. */
  #hiddenRows(): number {
    // A terminal that does not know its size has 0 columns.
    return Math.floor(Math.max(0, this.#fullPrompt.length - 1) / (this.#output.columns || 80));
  }

  /**
   * Works around readline, which notes the cursor's row in a wrapped line only when it draws the whole line: not after
   * a paste of several characters, nor after a resize that wraps the line anew.
   */
  #keepRowsRight(readline: Interface): void {
    const correct = () => {
      if (this.#readline === undefined || this.#echo.isHidden) return;
      const { rows, cols } = readline.getCursorPos();
      // After a line that just fills its row, the terminal keeps the cursor in that row until the next character.
      if (rows > 0 && cols === 0 && readline.cursor === readline.line.length) this.#write(' \r');
      tellRows(readline, rows);
    };
    this.#input.on('data', correct);
    this.#output.prependListener('resize', correct);
    readline.once('close', () => {
      this.#input.off('data', correct);
      this.#output.off('resize', correct);
    });
  }

  #pendingRows(): string[] {
    const columns = this.#output.columns || 80;
    const rows = this.#pending.slice(0, maxPendingRows).map((row) => cutTo(visible(row), columns));
    const more = this.#pending.length - rows.length;
    return more > 0 ? [...rows, `and ${more} more`] : rows;
  }

  #takeLines(): string {
    return this.#lines
      .splice(0)
      .map((line) => `${line}\r\n`)
      .join('');
  }

  #write(text: string): void {
    if (text !== '') this.#output.write(text);
  }
}

/** Whether this Node's readline works with `tellRows`; otherwise the prompt would be drawn over the lines above it. */
export function hasKnownReadline(): boolean {
  const readline = createInterface({ input: new PassThrough(), output: new PassThrough(), terminal: true });
  readline.prompt();
  const isKnown = 'prevRows' in readline && readline.prevRows === 0;
  readline.close();
  return isKnown;
}

/** Tells readline how many rows below its prompt's first row the cursor is; there is no documented way to do that. */
function tellRows(readline: Interface, rows: number): void {
  Object.assign(readline, { prevRows: rows });
}
