import { type Colours, coloursFor } from './colours.ts';
import { chatLine, noticeLine, problemLine, type Screen } from './screen.ts';

interface Output {
  readonly isTTY?: boolean;
  write(text: string): unknown;
}

/** Writes plain lines, for pipes, files and dumb terminals: chat and notices to `output`, problems to `errors`. */
export class PlainScreen implements Screen {
  readonly #output: Output;
  readonly #errors: Output;
  readonly #outputColours: Colours;
  readonly #errorColours: Colours;

  constructor(output: Output, errors: Output, environment: NodeJS.ProcessEnv) {
    this.#output = output;
    this.#errors = errors;
    this.#outputColours = coloursFor(output, environment);
    this.#errorColours = coloursFor(errors, environment);
  }

  show(line: string): void {
    this.#output.write(`${chatLine(line, this.#outputColours)}\n`);
  }

  notice(text: string): void {
    this.#output.write(`${noticeLine(text, this.#outputColours)}\n`);
  }

  problem(text: string): void {
    this.#errors.write(`${problemLine(text, this.#errorColours)}\n`);
  }

  status(): void {}

  close(): void {}
}
