import { Writable } from 'node:stream';
import type { WriteStream } from 'node:tty';

/**
 * The output stream for readline, which writes the typed characters to it. With `isHidden` they do not reach the
 * terminal: for passwords, and while no question is open.
 */
export class TtyEcho extends Writable {
  readonly isTTY = true;
  isHidden = false;
  readonly #output: WriteStream;

  constructor(output: WriteStream) {
    super({ decodeStrings: false });
    this.#output = output;
    output.on('resize', this.#onResize);
  }

  get columns(): number {
    return this.#output.columns;
  }

  get rows(): number {
    return this.#output.rows;
  }

  override _write(text: string | Uint8Array, _encoding: string, done: () => void): void {
    if (!this.isHidden) this.#output.write(text);
    done();
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#output.off('resize', this.#onResize);
    done(error);
  }

  readonly #onResize = (): void => {
    this.emit('resize');
  };
}
