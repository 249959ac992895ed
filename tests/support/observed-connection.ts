import type { Connection } from '../../src/transport/connection.ts';

/** One end of a connection, with all that happened to it, and a way to wait for more to happen. */
export class Observed {
  readonly connection: Connection;
  readonly chunks: Uint8Array[] = [];
  received = 0;
  drains = 0;
  ends = 0;
  readonly closes: (Error | undefined)[] = [];
  /** What happened, in order, chunks of data counted as one. */
  readonly events: string[] = [];
  #wake: () => void = () => {};

  constructor(connection: Connection) {
    this.connection = connection;
    connection.attach({
      onData: (chunk) => {
        this.chunks.push(chunk);
        this.received += chunk.length;
        this.#happened('data');
      },
      onDrain: () => {
        this.drains++;
        this.#happened('drain');
      },
      onEnd: () => {
        this.ends++;
        this.#happened('end');
      },
      onClose: (error) => {
        this.closes.push(error);
        this.#happened('close');
      },
    });
  }

  get bytes(): Buffer {
    return Buffer.concat(this.chunks);
  }

  /** Resolves as soon as `condition` holds; it is asked again after every event of this end. */
  async until(condition: () => boolean): Promise<void> {
    // One waiter at a time: a second would take the place of the first.
    while (!condition()) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  closed(): Promise<void> {
    return this.until(() => this.closes.length > 0);
  }

  #happened(event: string): void {
    if (this.events.at(-1) !== event) this.events.push(event);
    this.#wake();
  }
}

/** Long enough for everything that is on its way over one machine's loopback to show. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 50; turn++) await new Promise<void>((resolve) => setImmediate(resolve));
}

/** Bytes that tell where each of them belongs. */
export function pattern(length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  for (let i = 0; i < length; i++) bytes[i] = (i * 31 + (i >> 8) * 7) & 0xff;
  return bytes;
}
