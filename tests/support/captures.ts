import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import type { TestContext } from 'node:test';
import type { Pty } from './pty.ts';

const folder = new URL('../faces/captures/', import.meta.url);
/** With this variable of the environment captures are written and not compared: look at each of them then. */
const renews = process.env.EARSHOT_RENEW_CAPTURES === '1';
/** How long a screen has to stay the same before it is written as a capture. */
const quietMs = 1_500;

/** Where to look: the window, or as after the user scrolled so that this row of `pty.rows` is its first. */
export interface View {
  readonly top?: number;
}

/**
 * Screens of a terminal, compared with those in the file `tests/faces/captures/NAME.txt`. That has for each screen its
 * title, its rows between bars, the place of the cursor, and what is coloured; times and ports are letters in it.
 */
export class Captures {
  readonly #file: URL;
  readonly #expected: ReadonlyMap<string, string>;
  readonly #taken: string[] = [];

  constructor(context: TestContext, name: string) {
    this.#file = new URL(`${name}.txt`, folder);
    this.#expected = renews ? new Map() : readCaptures(this.#file);
    context.after(() => this.#finish(context));
  }

  /** Waits until the terminal shows the capture `title`. */
  async screen(title: string, pty: Pty, view: View = {}): Promise<void> {
    this.#taken.push(title);
    if (renews) {
      (this.#expected as Map<string, string>).set(title, await settled(() => shown(pty, view)));
      return;
    }
    const expected = this.#expected.get(title);
    try {
      await pty.waitFor(title, () => shown(pty, view) === expected);
    } catch {
      assert.equal(shown(pty, view), expected, title);
    }
  }

  /** Compares lines that are not a screen, such as what rang a bell. */
  lines(title: string, lines: readonly string[]): void {
    this.#taken.push(title);
    const text = lines.map(normalized).join('\n');
    if (renews) (this.#expected as Map<string, string>).set(title, text);
    else assert.equal(text, this.#expected.get(title), title);
  }

  #finish(context: TestContext): void {
    if (!renews) {
      assert.deepEqual([...this.#expected.keys()], this.#taken, 'every capture of the file is compared');
      return;
    }
    const parts = [...this.#expected].map(([title, text]) => `== ${title}\n${text}\n`);
    writeFileSync(this.#file, parts.join('\n'));
    context.diagnostic(`look at ${this.#file.pathname}`);
  }
}

function readCaptures(file: URL): Map<string, string> {
  const parts = readFileSync(file, 'utf8').split(/^== /m).slice(1);
  return new Map(
    parts.map((part) => {
      const end = part.indexOf('\n');
      return [part.slice(0, end), part.slice(end + 1).trimEnd()];
    }),
  );
}

/** The screen as a capture has it. */
function shown(pty: Pty, { top }: View): string {
  const rows = pty.screen(top).map((row) => `|${row}`);
  const { x, y } = pty.cursor;
  const cursor = top === undefined ? [`cursor: column ${x + 1}, ${pty.rows.length - y} from the end`] : [];
  return [...rows, ...cursor, ...pty.styles(top)].map(normalized).join('\n').trimEnd();
}

/** Replaces what differs from run to run by letters, as wide as it was. */
function normalized(text: string): string {
  return text
    .replace(/\b\d\d:\d\d\b/g, 'HH:MM')
    .replace(/(?<=127\.0\.0\.1:)\d+/g, 'PORT')
    .replace(/(?<=next try in )\d+(?= s)/g, 'N')
    .replace(/\/\S*\/earshot-test-\w+/g, 'FOLDER')
    .replace(/(?<=connecting again in )\d+(?= s)/g, 'N');
}

/** Returns what `look` sees once that stays the same: a countdown goes on, but is a letter in what it sees. */
async function settled(look: () => string): Promise<string> {
  for (let before = ''; ; ) {
    const seen = look();
    if (seen === before) return seen;
    before = seen;
    await new Promise((resolve) => setTimeout(resolve, quietMs));
  }
}
