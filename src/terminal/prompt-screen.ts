import type { ReadStream, WriteStream } from 'node:tty';
import { type Clock, systemClock } from '../scheduling/clock.ts';
import { type Attention, noticeSequence } from './attention.ts';
import { type Colours, coloursFor } from './colours.ts';
import { blockOf } from './editor/block.ts';
import { Editor } from './editor/editor.ts';
import { type Effect, emptyView } from './editor/effects.ts';
import { KeyQueue } from './editor/key-queue.ts';
import { KeySource } from './editor/key-source.ts';
import type { Key } from './editor/keys.ts';
import { Painter, reflowOf } from './editor/painter.ts';
import { TerminalModes } from './editor/terminal-modes.ts';
import type { Line } from './line.ts';
import type { PromptHandlers, PromptOptions } from './prompt-options.ts';
import { noticeLine, problemLine, rendered, type Screen } from './screen.ts';
import { visible } from './text.ts';

export type { PromptHandlers, PromptOptions, SeveralLines } from './prompt-options.ts';

/**
 * A terminal with a prompt in its last rows. What arrives is printed above the prompt, and the text that the user types
 * and its cursor stay as they are. Lines that arrive together are drawn together, in one write.
 */
export class PromptScreen implements Screen {
  readonly isTerminal = true;
  readonly #input: ReadStream;
  readonly #output: WriteStream;
  readonly #environment: NodeJS.ProcessEnv;
  readonly #clock: Clock;
  readonly #colours: Colours;
  readonly #modes: TerminalModes;
  readonly #queue: KeyQueue;
  readonly #painter: Painter;
  #editor = new Editor();
  #handlers: PromptHandlers | undefined;
  #options: PromptOptions = {};
  #keys: KeySource | undefined;
  #lines: string[] = [];
  #pending: readonly string[] = [];
  readonly #statuses = { connection: '', file: '' };
  #prompt = '> ';
  #isHidden = false;
  #isFocused: boolean | undefined;
  #isDrawDue = false;
  #top = 0;
  #hasToldHowToLeave = false;

  constructor(
    input: ReadStream,
    output: WriteStream,
    environment: NodeJS.ProcessEnv,
    clock: Clock = systemClock,
  ) {
    this.#input = input;
    this.#output = output;
    this.#environment = environment;
    this.#clock = clock;
    this.#colours = coloursFor(output, environment);
    this.#modes = new TerminalModes(input, output);
    this.#queue = new KeyQueue(clock, (key) => this.#press(key));
    this.#painter = new Painter(reflowOf(environment));
  }

  /** Whether the terminal's window has the focus; undefined when nobody knows. */
  get isFocused(): boolean | undefined {
    return this.#isFocused;
  }

  /** Shows the prompt and starts to read keys. Call it once. */
  open(handlers: PromptHandlers, options: PromptOptions = {}): void {
    const { severalLines, complete, history, focus = false } = options;
    this.#handlers = handlers;
    this.#options = options;
    this.#editor = new Editor({
      history: history?.lines ?? [],
      completes: complete !== undefined,
      ...(severalLines === undefined ? {} : { asLines: (lines) => severalLines.asLines(lines) }),
    });
    this.#editor.setSecret(this.#isHidden);
    this.#modes.enter({ bracketedPaste: severalLines !== undefined, focus }, () => this.#drawAnew());
    this.#keys = new KeySource(this.#input, this.#clock, {
      keys: (keys) => this.#queue.add(keys),
      end: () => this.#end(),
    });
    this.#output.on('resize', this.#drawSoon);
    this.#draw();
  }

  /**
   * Sets the prompt, and whether typed characters are shown. With an empty prompt and `hidden` nothing is shown at all
   * until the next call.
   */
  prompt(text: string, echo: 'shown' | 'hidden' = 'shown'): void {
    this.#prompt = text;
    this.#isHidden = echo === 'hidden';
    this.#editor.setSecret(this.#isHidden);
    this.#drawSoon();
  }

  /** Replaces what the user has typed. */
  draft(text: string): void {
    this.#editor.setDraft(text);
    this.#drawSoon();
  }

  /** Prints a line as if the user had entered it. */
  entered(text: string): void {
    if (this.#options.takesLines !== true) this.#add(this.#entered('> ', text));
  }

  show(line: Line | string): void {
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
    if (this.#keys === undefined) return;
    if (title !== undefined) this.#modes.title(title);
    if (notice !== undefined) this.#write(noticeSequence(notice, this.#environment));
    if (bell === true) this.#write('\x07');
  }

  status(text: string, about: 'connection' | 'file' = 'connection'): void {
    if (text === this.#statuses[about]) return;
    this.#statuses[about] = text;
    this.#drawSoon();
  }

  close(): void {
    if (this.#keys === undefined) {
      this.#write(this.#takeLines());
      return;
    }
    this.#keys.close();
    this.#keys = undefined;
    this.#queue.clear();
    this.#output.off('resize', this.#drawSoon);
    // Leave an unfinished line on the screen, below everything else.
    const { text } = this.#editor.view.draft;
    const draft = this.#isHidden || text === '' ? '' : `${this.#entered(this.#prompt, text)}\r\n`;
    this.#write(this.#painter.erase(this.#columns) + this.#takeLines() + draft);
    this.#modes.leave();
  }

  #press(key: Key): void {
    if (key.kind === 'focus') this.#isFocused = key.isFocused;
    this.#drawSoon();
    if (this.#isCancelled(key)) return;
    for (const effect of this.#editor.press(key)) if (this.#keys !== undefined) this.#obey(effect);
  }

  /** Whether the key cancelled what the face does; while the editor has a question itself, the key is its own. */
  #isCancelled(key: Key): boolean {
    if (key.kind !== 'key' || (key.name !== 'escape' && key.name !== 'ctrl-c')) return false;
    const { question, search, choice } = this.#editor.view;
    if (question !== undefined || search !== undefined || choice !== undefined) return false;
    return this.#handlers?.onCancel?.() === true;
  }

  #obey(effect: Effect): void {
    switch (effect.kind) {
      case 'line':
        this.#enter(effect.text);
        break;
      case 'lines':
        this.#options.severalLines?.send(effect.lines);
        break;
      case 'file':
        this.#options.severalLines?.makeFile(effect.lines);
        break;
      case 'discarded':
        this.#discard(effect.text);
        break;
      case 'complete':
        this.#queue.holdUntil(this.#complete(effect));
        break;
      case 'clear':
        this.#write('\x1b[H\x1b[2J');
        this.#drawAnew();
        break;
      case 'too-long':
        this.problem('That paste is too long; nothing of it was taken.');
        break;
      case 'leave':
        this.#handlers?.onLeave();
    }
  }

  #enter(text: string): void {
    const handlers = this.#handlers;
    if (text === '' && !this.#isHidden && handlers?.onEmpty !== undefined) {
      handlers.onEmpty();
      return;
    }
    if (!this.#isHidden) this.#options.history?.add(text);
    // The line stays on the screen, unless the chat shows it; of a secret one, its question.
    const isTaken = this.#options.takesLines === true && !this.#isHidden;
    if (this.#prompt !== '' && !isTaken)
      this.#add(this.#entered(this.#fullPrompt, this.#isHidden ? '' : text));
    handlers?.onLine(text);
  }

  #discard(text: string): void {
    this.#add(`${this.#entered(this.#fullPrompt, text)}^C`);
    if (!this.#hasToldHowToLeave) this.notice('Ctrl-C again leaves.');
    this.#hasToldHowToLeave = true;
  }

  async #complete({ draft, by }: Extract<Effect, { kind: 'complete' }>): Promise<void> {
    const completions = await this.#options.complete?.(draft.text, draft.cursor);
    this.#editor.offer(draft, completions, by);
    this.#drawSoon();
  }

  #end(): void {
    const handlers = this.#handlers;
    (handlers?.onEnd ?? handlers?.onLeave)?.call(handlers);
  }

  #add(line: string): void {
    this.#lines.push(line);
    this.#drawSoon();
  }

  readonly #drawSoon = (): void => {
    if (this.#isDrawDue) return;
    this.#isDrawDue = true;
    setImmediate(() => {
      this.#isDrawDue = false;
      this.#draw();
    });
  };

  /** Draws the block where the cursor is, and leaves what was drawn before alone. */
  #drawAnew(): void {
    this.#painter.forget();
    this.#drawSoon();
  }

  #draw(): void {
    if (this.#keys === undefined) {
      this.#write(this.#takeLines());
      return;
    }
    const block = blockOf(this.#isHidden ? emptyView : this.#editor.view, {
      prompt: this.#fullPrompt,
      pending: this.#isHidden ? [] : this.#pending,
      columns: this.#columns,
      rows: this.#output.rows || 24,
      top: this.#top,
      dim: (text) => this.#colours.paint({ text, style: 'quiet' }),
    });
    this.#top = block.top;
    const rows = this.#isHidden && this.#prompt === '' ? [] : block.rows;
    this.#write(this.#painter.draw(this.#takeLines(), { ...block, rows }, this.#columns));
  }

  get #columns(): number {
    return this.#output.columns || 80;
  }

  get #fullPrompt(): string {
    const { connection, file } = this.#statuses;
    const status = connection === '' || file === '' ? connection + file : `${connection}; ${file}`;
    return status === '' || this.#prompt === '' ? this.#prompt : `[${visible(status)}] ${this.#prompt}`;
  }

  #entered(prompt: string, text: string): string {
    return prompt + text.split('\n').map(visible).join('\r\n  ');
  }

  #takeLines(): string {
    const lines = this.#lines.splice(0);
    return lines.map((line) => `${line}\r\n`).join('');
  }

  #write(text: string): void {
    if (text !== '') this.#output.write(text);
  }
}
