import type { Line } from './line.ts';
import { lookOf, type Output } from './look.ts';
import { isRefusal, noticeLine, problemLine, rendered, type Screen } from './screen.ts';

/**
 * Writes plain lines, for pipes, files and dumb terminals: chat and notices to `output`, problems and refusals to
 * `errors`. Where one of them is a terminal that can move its cursor, lines are wrapped as at a prompt.
 */
export class PlainScreen implements Screen {
  readonly isTerminal: boolean;
  readonly #output: Output;
  readonly #errors: Output;
  readonly #environment: NodeJS.ProcessEnv;

  constructor(output: Output, errors: Output, environment: NodeJS.ProcessEnv) {
    this.isTerminal = output.isTTY === true;
    this.#output = output;
    this.#errors = errors;
    this.#environment = environment;
  }

  show(line: Line | string): void {
    this.#write(line, typeof line === 'string' && isRefusal(line) ? this.#errors : this.#output);
  }

  notice(text: string): void {
    this.show(noticeLine(text));
  }

  problem(text: string): void {
    this.#write(problemLine(text), this.#errors);
  }

  status(): void {}

  close(): void {}

  #write(line: Line | string, output: Output): void {
    output.write(`${rendered(line, lookOf(output, this.#environment))}\n`);
  }
}
