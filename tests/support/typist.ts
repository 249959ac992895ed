import { Editor, type EditorOptions } from '../../src/terminal/editor/editor.ts';
import type { Effect } from '../../src/terminal/editor/effects.ts';
import type { Key } from '../../src/terminal/editor/keys.ts';

export const asks: EditorOptions = { asLines: () => 'Enter sends them as lines', completes: true };

/** Presses keys: a name in angle brackets is a key, everything else is typed. `|` is the cursor in what is shown. */
export class Typist {
  readonly editor: Editor;
  readonly effects: Effect[] = [];

  constructor(options: EditorOptions = asks) {
    this.editor = new Editor(options);
  }

  type(keys: string): this {
    for (const [part] of keys.matchAll(/<[^>]+>|[^<]/gu)) {
      const name = /^<(.+)>$/.exec(part)?.[1];
      this.press(name === undefined ? { kind: 'text', text: part } : { kind: 'key', name });
    }
    return this;
  }

  paste(text: string): this {
    return this.press({ kind: 'paste', text, isCut: false });
  }

  press(key: Key): this {
    this.effects.push(...this.editor.press(key));
    return this;
  }

  get shown(): string {
    const { text, cursor } = this.editor.view.draft;
    return `${text.slice(0, cursor)}|${text.slice(cursor)}`;
  }
}
