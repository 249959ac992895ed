import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import xterm from '@xterm/headless';
import fc from 'fast-check';
import { blockOf } from './block.ts';
import { emptyView, type View } from './effects.ts';
import { Painter } from './painter.ts';

/** A terminal with a block at its end, as a prompt screen drives it. */
class Scene {
  readonly terminal: InstanceType<typeof xterm.Terminal>;
  readonly #painter = new Painter();
  #top = 0;

  constructor(columns: number, rows: number) {
    // What the emulator does not do for the cursor's row by default, most terminals do.
    const options = {
      cols: columns,
      rows,
      allowProposedApi: true,
      scrollback: 1_000,
      reflowCursorLine: true,
    };
    this.terminal = new xterm.Terminal(options);
  }

  async draw(
    printed: readonly string[],
    view: Partial<View>,
    pending: readonly string[] = [],
  ): Promise<void> {
    const { cols, rows } = this.terminal;
    const around = {
      prompt: '> ',
      pending,
      columns: cols,
      rows,
      top: this.#top,
      dim: (text: string) => text,
    };
    const block = blockOf({ ...emptyView, ...view }, around);
    assert.ok(block.rows.length <= Math.max(1, rows - 1));
    this.#top = block.top;
    const lines = printed.map((line) => `${line}\r\n`).join('');
    await this.#write(this.#painter.draw(lines, block, cols));
  }

  async resize(columns: number, rows: number): Promise<void> {
    this.terminal.resize(columns, rows);
    await this.#write('');
  }

  /** The rows with text, those that scrolled out among them. */
  get rows(): string[] {
    const { active } = this.terminal.buffer;
    const rows = Array.from(
      { length: active.length },
      (_, y) => active.getLine(y)?.translateToString(true) ?? '',
    );
    while (rows.at(-1) === '') rows.pop();
    return rows.map((row) => row.trimEnd());
  }

  /** The text that is printed, with what the terminal wrapped put together. */
  get lines(): string[] {
    const { active } = this.terminal.buffer;
    const lines: string[] = [];
    for (let y = 0; y < active.length; y++) {
      const line = active.getLine(y);
      const text = line?.translateToString(true) ?? '';
      if (line?.isWrapped === true) lines.push((lines.pop() ?? '') + text);
      else lines.push(text);
    }
    while (lines.at(-1) === '') lines.pop();
    return lines;
  }

  get cursor(): { readonly x: number; readonly y: number } {
    const { cursorX, cursorY, baseY } = this.terminal.buffer.active;
    return { x: cursorX, y: baseY + cursorY };
  }

  async #write(text: string): Promise<void> {
    await new Promise<void>((resolve) => this.terminal.write(text, resolve));
  }
}

const draftOf = (text: string, cursor = text.length): Partial<View> => ({ draft: { text, cursor } });

describe('the painter', () => {
  it('prints each line once above the block, whatever the draft, the size and the order', async () => {
    const draft = fc.string({
      unit: fc.constantFrom('a', 'b', ' ', '漢', '\n', '\t', '\u202e'),
      maxLength: 120,
    });
    const step = fc.record({
      arriving: fc.array(fc.integer({ min: 0, max: 60 }), { maxLength: 3 }),
      draft,
      cursor: fc.nat({ max: 120 }),
      pending: fc.array(fc.constantFrom('waits', 'a longer row that waits for the server'), { maxLength: 8 }),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 3, max: 50 }),
        fc.integer({ min: 3, max: 12 }),
        fc.array(step, { minLength: 1, maxLength: 12 }),
        async (columns, rows, steps) => {
          const scene = new Scene(columns, rows);
          const printed: string[] = [];
          for (const { arriving, draft, cursor, pending } of steps) {
            const lines = arriving.map((length) => `#${printed.length}${'x'.repeat(length)}.`);
            printed.push(...lines);
            await scene.draw(lines, draftOf(draft, Math.min(cursor, draft.length)), pending);
          }
          assert.deepEqual(scene.lines.slice(0, printed.length), printed);
          const below = scene.lines.length - printed.length;
          assert.ok(below <= Math.max(1, rows - 1), `${below} rows below`);
        },
      ),
      { numRuns: 60 },
    );
  });

  it('puts the cursor where the draft has it', async () => {
    const scene = new Scene(10, 6);
    await scene.draw(['hi'], draftOf('one 漢字 two three', 9));
    assert.deepEqual(scene.rows, ['hi', '> one 漢字', ' two three']);
    assert.deepEqual(scene.cursor, { x: 3, y: 2 });
    await scene.draw([], draftOf('12345678'));
    // Behind a full row the cursor is in the next one.
    assert.deepEqual(scene.cursor, { x: 0, y: 2 });
  });

  it('keeps no copy of a draft that is taller than the screen', async () => {
    const scene = new Scene(10, 6);
    const text = Array.from({ length: 20 }, (_, index) => `row ${index}`).join('\n');
    for (let count = 0; count < 10; count++) await scene.draw([`message${count}`], draftOf(text));
    const copies = scene.rows.filter((row) => row.trim() === 'row 19').length;
    assert.equal(copies, 1);
    assert.deepEqual(
      scene.rows.slice(0, 10),
      Array.from({ length: 10 }, (_, index) => `message${index}`),
    );
    assert.deepEqual(scene.rows.slice(10), ['  row 16', '  row 17', '  row 18', '  row 19']);
    await scene.draw([], draftOf(text, 0));
    assert.deepEqual(scene.rows.slice(10), ['> row 0', '  row 1', '  row 2', '  row 3']);
  });

  it('finds its rows again when the terminal gets narrower or wider', async () => {
    // Tall: the emulator loses text when rows that it wraps anew no longer fit.
    const scene = new Scene(40, 24);
    const text = 'a draft that takes more than one row of forty columns';
    await scene.draw(['one', 'two'], draftOf(text), ['a row that waits, of more than twenty columns']);
    for (const [columns, rows] of [
      [20, 24],
      [33, 20],
      [12, 24],
      [60, 30],
    ] as const) {
      await scene.resize(columns, rows);
      await scene.draw([], draftOf(text), ['a row that waits, of more than twenty columns']);
      assert.deepEqual(scene.lines.slice(0, 2), ['one', 'two']);
      assert.equal(scene.rows.filter((row) => row.startsWith('> a')).length, 1);
      assert.equal(scene.rows.filter((row) => row.startsWith('a row')).length, 1);
    }
  });

  it('shows five of the rows that are pending, and how many more there are', async () => {
    const scene = new Scene(20, 24);
    await scene.draw(
      ['hi'],
      draftOf('x'),
      Array.from({ length: 8 }, (_, index) => `wait\t${index}\x1b`),
    );
    const waiting = Array.from({ length: 5 }, (_, index) => `wait ${index}\\u{1b}`);
    assert.deepEqual(scene.rows, ['hi', ...waiting, 'and 3 more', '> x']);
    await scene.draw([], draftOf('x'), ['a row that is too long for it']);
    assert.deepEqual(scene.rows, ['hi', 'a row that is too l…', '> x']);
    await scene.draw([], draftOf('x'));
    assert.deepEqual(scene.rows, ['hi', '> x']);
  });

  it('shows the question about several lines with the first of them', async () => {
    const scene = new Scene(60, 24);
    const text = ['one', '\x1b[31mtwo', '3', '4', '5', '6', '7'].join('\n');
    const asLines = 'Enter sends them as lines';
    await scene.draw(['hi'], { question: { text, typed: '', count: 7, isPaste: true, asLines } });
    assert.deepEqual(scene.rows, [
      'hi',
      ...['one', '\\u{1b}[31mtwo', '3', '4', 'and 3 more'],
      ...['Paste of 7 lines: Enter sends them as lines, f makes one fil', 'e, Esc cancels'],
    ]);
  });

  it('shows the search and the candidates of a completion', async () => {
    const scene = new Scene(30, 24);
    await scene.draw([], { ...draftOf('a word', 2), search: { part: 'wor', isFound: true } });
    assert.deepEqual(scene.rows, ["(search) 'wor': a word"]);
    assert.deepEqual(scene.cursor, { x: 18, y: 0 });
    const candidates = Array.from({ length: 9 }, (_, index) => `@person${index} `);
    await scene.draw([], { ...draftOf('@p'), choice: { candidates, chosen: undefined } });
    assert.deepEqual(scene.rows, ['> @p', '@person0  @person1  @person2 …']);
    await scene.draw([], { ...draftOf('@p'), choice: { candidates, chosen: 8 } });
    assert.deepEqual(scene.rows, ['> @p', '… @person7  [@person8]']);
  });

  it('works on a terminal of three rows and three columns', async () => {
    const scene = new Scene(3, 3);
    await scene.draw(['abcdef'], draftOf('12345'), ['waits']);
    assert.deepEqual(scene.rows, ['abc', 'def', '234', '5']);
    assert.deepEqual(scene.cursor, { x: 1, y: 3 });
  });
});
