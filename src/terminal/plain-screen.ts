import { type Colours, coloursFor } from './colours.ts';
import type { Line } from './line.ts';
import { isRefusal, noticeLine, problemLine, rendered, type Screen } from './screen.ts';

interface Output {
  readonly isTTY?: boolean;
  write(text: string): unknown;
}

/**
 * Writes plain lines, for pipes, files and dumb terminals: chat and notices to `output`, problems and refusals to
 * `errors`.
 */
export class PlainScreen implements Screen {
  readonly isTerminal: boolean;
  readonly #output: Output;
  readonly #errors: Output;
  readonly #outputColours: Colours;
  readonly #errorColours: Colours;

  constructor(output: Output, errors: Output, environment: NodeJS.ProcessEnv) {
    this.isTerminal = output.isTTY === true;
    this.#output = output;
    this.#errors = errors;
    this.#outputColours = coloursFor(output, environment);
    this.#errorColours = coloursFor(errors, environment);
  }

  show(line: Line | string): void {
    const isForErrors = typeof line === 'string' && isRefusal(line);
    const [output, colours] = isForErrors
      ? [this.#errors, this.#errorColours]
      : [this.#output, this.#outputColours];
    output.write(`${rendered(line, { colours })}\n`);
  }

  notice(text: string): void {
    this.show(noticeLine(text));
  }

  problem(text: string): void {
    this.#errors.write(`${rendered(problemLine(text), { colours: this.#errorColours })}\n`);
  }

  status(): void {}

  close(): void {}
}
