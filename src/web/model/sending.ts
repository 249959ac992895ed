import { newIdPrefix } from '../../client/chat11/send-queue.ts';
import type { Client, Entry, Sent } from '../../client/client.ts';
import { LostError } from '../../client/errors.ts';
import type { UnsentLine, UnsentLines } from './unsent.ts';

/** A line on its way. `problem`: why it was refused; it waits for a decision. */
export interface Waiting extends UnsentLine {
  readonly problem?: string;
}

export interface SendingOptions {
  readonly name: string;
  readonly unsent: UnsentLines;
  readonly nowMs: () => number;
  onChange(): void;
  /** A line is stored: as what it stands in the log, and how many others got it. */
  onStored(entry: Entry, reached: number | undefined): void;
}

/** The lines that were typed and are not stored yet. Each is kept first and then sent, so it outlives the page. */
export class Sending {
  readonly #options: SendingOptions;
  readonly #idPrefix = newIdPrefix();
  readonly #posted = new Set<string>();
  #client: Client | undefined;
  #lines: readonly Waiting[] = [];
  #count = 0;

  constructor(options: SendingOptions) {
    this.#options = options;
  }

  get waiting(): readonly Waiting[] {
    return this.#lines;
  }

  /** Adds the lines of earlier visits. */
  restore(lines: readonly UnsentLine[]): void {
    this.#lines = [...lines, ...this.#lines];
  }

  /** From here on lines go to `client`; those of earlier visits may be stored already. */
  begin(client: Client): void {
    this.#client = client;
    for (const line of this.#lines) this.#post(client, line, true);
  }

  say(text: string, to: string | undefined): void {
    const { name, unsent, nowMs } = this.#options;
    this.#count += 1;
    const line: UnsentLine = {
      id: `${this.#idPrefix}.${this.#count}`,
      ...{ name, tab: unsent.tab, text, timeMs: nowMs() },
      ...(to !== undefined && { to }),
    };
    this.#set([...this.#lines, line]);
    void unsent.keep(line).then(() => {
      if (this.#client !== undefined) this.#post(this.#client, line, false);
    });
  }

  /** Gives up a line that was refused. Returns its text. */
  discard({ id, text }: Waiting): string {
    this.#settle(id);
    return text;
  }

  #post(client: Client, line: UnsentLine, isRepeat: boolean): void {
    const { id, text, to } = line;
    if (this.#posted.has(id)) return;
    this.#posted.add(id);
    const options = { id, isRepeat };
    const sent = to === undefined ? client.send(text, options) : client.sendTo(to, text, options);
    sent.then(
      (receipt) => this.#onSent(line, receipt),
      (error: unknown) => this.#onLost(id, error),
    );
  }

  #onSent({ id, text, to, timeMs }: UnsentLine, { position, reached }: Sent): void {
    this.#posted.delete(id);
    this.#settle(id);
    if (position === undefined) return;
    const said = { position, from: this.#options.name, to, timeMs, matched: [], isReplay: false } as const;
    this.#options.onStored({ kind: 'message', text, ...said, isOwn: true }, reached);
  }

  #onLost(id: string, error: unknown): void {
    this.#posted.delete(id);
    // The page is going away, or the server lets nobody in: the line is kept for the next visit.
    if (error instanceof LostError && error.reason === 'closed') return;
    const problem = error instanceof Error ? error.message : String(error);
    this.#set(this.#lines.map((other) => (other.id === id ? { ...other, problem } : other)));
  }

  #settle(id: string): void {
    void this.#options.unsent.remove(id);
    this.#set(this.#lines.filter((line) => line.id !== id));
  }

  #set(lines: readonly Waiting[]): void {
    this.#lines = lines;
    this.#options.onChange();
  }
}
