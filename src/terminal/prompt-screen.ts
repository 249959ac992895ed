import { createInterface, type Interface } from 'node:readline';
import { PassThrough } from 'node:stream';
import type { ReadStream, WriteStream } from 'node:tty';
import { type Colours, coloursFor } from './colours.ts';
import { chatLine, noticeLine, problemLine, type Screen } from './screen.ts';
import { visible } from './text.ts';
import { TtyEcho } from './tty-echo.ts';

export interface PromptHandlers {
  /** The user has typed a line and sent it off. */
  onLine(text: string): void;
  /** The user wants to go: Ctrl-C, Ctrl-D on an empty line, or the terminal is gone. */
  onLeave(): void;
}

const historyLines = 1000;

/**
 * A terminal with a line that is being typed at its lower end. What arrives is printed above that line, which
 * stays as it is, with its cursor; lines that arrive together are drawn together.
 */
export class PromptScreen implements Screen {
  readonly #input: ReadStream;
  readonly #output: WriteStream;
  readonly #colours: Colours;
  readonly #echo: TtyEcho;
  #readline: Interface | undefined;
  #lines: string[] = [];
  #status = '';
  #prompt = '> ';
  #isDrawDue = false;
  /** Not when it was erased, nor when its line was sent off: what is above is not its own then. */
  #isPromptDrawn = false;

  constructor(input: ReadStream, output: WriteStream, environment: NodeJS.ProcessEnv) {
    this.#input = input;
    this.#output = output;
    this.#colours = coloursFor(output, environment);
    this.#echo = new TtyEcho(output);
  }

  /** Shows the prompt and reads lines from here on. Once. */
  open(handlers: PromptHandlers): void {
    const readline = createInterface({
      input: this.#input,
      output: this.#echo,
      terminal: true,
      historySize: historyLines,
      prompt: this.#prompt,
    });
    this.#readline = readline;
    this.#keepRowsRight(readline);
    // The up key brings no password back.
    readline.on('history', (lines: string[]) => void (this.#echo.isHidden && lines.shift()));
    readline.on('line', (text) => {
      if (this.#echo.isHidden && this.#prompt !== '') this.#write('\r\n');
      this.#isPromptDrawn = false;
      handlers.onLine(text);
      if (this.#readline !== undefined) this.#writePrompt(readline);
    });
    readline.on('SIGINT', () => handlers.onLeave());
    // Suspending only ourselves under a shell script or npx would leave nobody to read the terminal.
    readline.on('SIGTSTP', () => {});
    readline.on('close', () => {
      // Ctrl-D, or the terminal is gone; when we close it ourselves the user did not ask for anything.
      if (this.#readline === undefined) return;
      this.close();
      handlers.onLeave();
    });
    this.#draw();
  }

  /**
   * What stands in front of the line that is typed from here on, and whether that line is shown. Hidden behind an
   * empty prompt nothing of it is seen at all, until there is another.
   */
  prompt(text: string, echo: 'shown' | 'hidden' = 'shown'): void {
    const readline = this.#readline;
    if (readline !== undefined) this.#erase(readline);
    this.#prompt = text;
    this.#echo.isHidden = echo === 'hidden';
    this.#drawSoon();
  }

  show(line: string): void {
    this.#add(chatLine(line, this.#colours));
  }

  notice(text: string): void {
    this.#add(noticeLine(text, this.#colours));
  }

  problem(text: string): void {
    this.#add(problemLine(text, this.#colours));
  }

  status(text: string): void {
    if (text === this.#status) return;
    this.#status = text;
    this.#drawSoon();
  }

  close(): void {
    const readline = this.#readline;
    if (readline === undefined) {
      this.#write(this.#takeLines());
      return;
    }
    this.#erase(readline);
    // What was being typed stays to be read, below what came before.
    const isSecret = this.#echo.isHidden || readline.line === '';
    const draft = isSecret ? '' : `${this.#prompt}${visible(readline.line)}\r\n`;
    this.#readline = undefined;
    readline.close();
    this.#echo.destroy();
    this.#write(this.#takeLines() + draft);
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
    // Held back so that the terminal gets one write, and shows no state in between.
    this.#output.cork();
    this.#erase(readline);
    this.#write(this.#takeLines());
    this.#writePrompt(readline);
    this.#output.uncork();
  }

  #writePrompt(readline: Interface): void {
    this.#isPromptDrawn = true;
    readline.setPrompt(this.#fullPrompt);
    readline.prompt(true);
    if (this.#echo.isHidden) this.#write(this.#fullPrompt);
  }

  get #fullPrompt(): string {
    return this.#status === '' || this.#prompt === ''
      ? this.#prompt
      : `[${visible(this.#status)}] ${this.#prompt}`;
  }

  /** Takes prompt and typed line off the screen; what is written next stands in their place. */
  #erase(readline: Interface): void {
    if (!this.#isPromptDrawn) return;
    const rows = this.#echo.isHidden ? this.#hiddenRows() : readline.getCursorPos().rows;
    this.#write(`${rows > 0 ? `\x1b[${rows}A` : ''}\r\x1b[J`);
    tellRows(readline, 0);
    this.#isPromptDrawn = false;
  }

  /** How far below the top of a prompt the cursor is while what is typed behind it does not move it. */
  #hiddenRows(): number {
    return Math.floor(Math.max(0, this.#fullPrompt.length - 1) / this.#output.columns);
  }

  /**
   * readline notes in which row of a wrapped line its cursor is only when it draws the whole line: not when
   * several characters come at once, as in a paste, nor when the terminal has wrapped it anew.
   */
  #keepRowsRight(readline: Interface): void {
    const correct = () => {
      if (this.#readline === undefined || this.#echo.isHidden) return;
      const { rows, cols } = readline.getCursorPos();
      // A line that just fills its row leaves the cursor at the row's end, where the next character wraps.
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

/** Whether this Node's readline is the one that `tellRows` knows: otherwise a prompt would be drawn over what is above it. */
export function hasKnownReadline(): boolean {
  const readline = createInterface({ input: new PassThrough(), output: new PassThrough(), terminal: true });
  readline.prompt();
  const isKnown = 'prevRows' in readline && readline.prevRows === 0;
  readline.close();
  return isKnown;
}

/** Tells readline how far below the top of its prompt the cursor is; it has no documented way to be told. */
function tellRows(readline: Interface, rows: number): void {
  Object.assign(readline, { prevRows: rows });
}
