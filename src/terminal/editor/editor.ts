import { Completing, type Completions } from './completion.ts';
import * as drafts from './draft.ts';
import { cleaned, type Draft, draftOf, emptyDraft, type Motion } from './draft.ts';
import type { Effect, View } from './effects.ts';
import { History } from './history.ts';
import { type Keymap, keymap } from './keymap.ts';
import type { Key } from './keys.ts';
import { KillRing } from './kill-ring.ts';
import { answerOf, countLines, type Lines, type LinesQuestion } from './lines-question.ts';
import { Search } from './search.ts';
import { Undo } from './undo.ts';

export interface EditorOptions {
  /** Lines of earlier runs, the oldest first. */
  readonly history?: readonly string[];
  /** Whether Tab completes; otherwise it is a character. */
  readonly completes?: boolean;
  /**
   * Says what Enter would do with several lines, as in "Enter sends them as lines"; undefined when they cannot be sent
   * as lines. Without this function each line of a paste is entered as if it were typed.
   */
  readonly asLines?: (lines: Lines) => string | undefined;
}

/** No message is nearly as long, and every key would take noticeable time. */
const maxLineUnits = 128 * 1024;

/**
 * The line in which a person types: takes keys, has a text and a cursor, and returns what the keys ask for. It neither
 * reads nor writes anything, and knows no time. docs/prompt.md lists the keys.
 */
export class Editor {
  readonly #history: History;
  readonly #kills = new KillRing();
  readonly #undo = new Undo();
  readonly #options: EditorOptions;
  #draft = emptyDraft;
  #question: LinesQuestion | undefined;
  #search: Search | undefined;
  #completing: Completing | undefined;
  #lastKill: 'now' | 'before' | undefined;
  #isSecret = false;

  constructor(options: EditorOptions = {}) {
    this.#options = options;
    this.#history = new History(options.history);
  }

  get view(): View {
    return {
      draft: this.#draft,
      search: this.#search?.shown,
      question: this.#question,
      choice: this.#completing?.choice,
    };
  }

  /** A secret text gets neither into the history nor into the kill ring, and nothing completes it. */
  setSecret(isSecret: boolean): void {
    if (isSecret === this.#isSecret) return;
    this.#isSecret = isSecret;
    // What was typed ahead stays.
    this.#begin(this.#draft);
  }

  /** Replaces the draft, which undo brings back. */
  setDraft(text: string): void {
    this.#question = undefined;
    this.#leaveModes();
    this.#change(draftOf(cleaned(text)));
  }

  press(key: Key): Effect[] {
    if (key.kind === 'focus') return [];
    const effects = this.#question === undefined ? this.#pressed(key) : this.#answered(key, this.#question);
    if (this.#lastKill !== undefined) this.#lastKill = this.#lastKill === 'now' ? 'before' : undefined;
    return effects;
  }

  /** Takes what completes `draft`, unless the draft is another one by now. */
  offer(draft: Draft, completions: Completions | undefined, by: -1 | 1): void {
    const isSame = this.#draft.text === draft.text && this.#draft.cursor === draft.cursor;
    if (completions === undefined || completions.candidates.length === 0 || !isSame || this.#isSecret) return;
    const completing = new Completing(draft, completions);
    completing.begin(by);
    this.#change(completing.draft);
    if (completing.isOpen) this.#completing = completing;
  }

  #pressed(key: Exclude<Key, { readonly kind: 'focus' }>): Effect[] {
    if (this.#search !== undefined && this.#searched(key, this.#search)) return [];
    const completing = this.#completing;
    if (completing !== undefined && this.#stepped(key, completing)) return [];
    this.#completing = undefined;
    if (key.kind !== 'key' || key.name !== 'alt-y') this.#kills.endYank();
    switch (key.kind) {
      case 'text':
        this.#insert(key.text, key.text);
        return [];
      case 'paste':
        return this.#pasted(key.text, key.isCut);
      case 'key':
        return this.#command(keymap[key.name], key.name);
    }
  }

  #command(command: Keymap[string], name: string): Effect[] {
    if (command === undefined) return [];
    if ('move' in command) this.#draft = { ...this.#draft, cursor: command.move(this.#draft) };
    else if ('remove' in command) this.#change(drafts.removeTo(this.#draft, command.remove(this.#draft)));
    else if ('kill' in command) this.#kill(command.kill);
    else if ('vertical' in command) this.#goVertically(command.vertical);
    else return this.#act(command.act, name);
    return [];
  }

  #act(act: string, name: string): Effect[] {
    switch (act) {
      case 'enter':
        return this.#enter();
      case 'newline':
        if (this.#options.asLines !== undefined && !this.#isSecret) this.#insert('\n');
        return [];
      case 'tab':
        return this.#tab(name === 'shift-tab' ? -1 : 1);
      case 'interrupt':
        return this.#interrupt();
      case 'end-or-delete':
        if (this.#draft.text === '') return [{ kind: 'leave' }];
        this.#change(drafts.removeTo(this.#draft, drafts.right(this.#draft)));
        return [];
      case 'clear':
        return [{ kind: 'clear' }];
      case 'yank':
        if (!this.#isSecret) this.#change(this.#kills.yank(this.#draft));
        return [];
      case 'yank-pop':
        this.#change(this.#kills.yankPop(this.#draft));
        return [];
      case 'transpose':
        this.#change(drafts.transposed(this.#draft));
        return [];
      case 'undo':
        this.#draft = this.#undo.undo(this.#draft) ?? this.#draft;
        return [];
      case 'redo':
        this.#draft = this.#undo.redo(this.#draft) ?? this.#draft;
        return [];
      case 'search':
        if (!this.#isSecret) this.#search = new Search(this.#history, this.#draft);
        return [];
      default:
        return [];
    }
  }

  #enter(): Effect[] {
    const { text } = this.#draft;
    if (text.includes('\n')) return this.#ask({ text, typed: text }, false);
    if (!this.#isSecret) this.#history.add(text);
    this.#begin(emptyDraft);
    return [{ kind: 'line', text }];
  }

  #interrupt(): Effect[] {
    const { text } = this.#draft;
    if (text === '' || this.#isSecret) return [{ kind: 'leave' }];
    this.#begin(emptyDraft);
    return [{ kind: 'discarded', text }];
  }

  #pasted(pasted: string, isCut: boolean): Effect[] {
    if (isCut) return [{ kind: 'too-long' }];
    const text = cleaned(pasted);
    const line = text.replace(/(?<!\n)\n+$/, '');
    const asks = this.#options.asLines !== undefined && !this.#isSecret;
    const isTooLong = line.length > maxLineUnits;
    if (!line.includes('\n') && !isTooLong) {
      this.#insert(line);
      return [];
    }
    if (!asks) return isTooLong ? [{ kind: 'too-long' }] : this.#typed(text);
    const typed = this.#draft.text.slice(0, this.#draft.cursor);
    return this.#ask({ text: drafts.insert(this.#draft, line).text, typed }, true);
  }

  /** Enters each line as if it were typed. */
  #typed(text: string): Effect[] {
    const [first = '', ...others] = text.split('\n');
    this.#insert(first);
    return others.flatMap((line) => {
      const entered = this.#enter();
      this.#insert(line);
      return entered;
    });
  }

  #ask(lines: Lines, isPaste: boolean): Effect[] {
    const count = countLines(lines.text);
    this.#question = { ...lines, count, isPaste, asLines: this.#options.asLines?.(lines) };
    return [];
  }

  #answered(key: Key, question: LinesQuestion): Effect[] {
    const answer = answerOf(key, question);
    if (answer === undefined) return [];
    this.#question = undefined;
    if (answer === 'cancel') return [];
    const { text, typed } = question;
    this.#history.add(text);
    this.#begin(emptyDraft);
    return [{ kind: answer, lines: { text, typed } }];
  }

  #tab(by: -1 | 1): Effect[] {
    if (this.#options.completes !== true || this.#isSecret) {
      if (by > 0) this.#insert('\t');
      return [];
    }
    return [{ kind: 'complete', draft: this.#draft, by }];
  }

  /** Takes another candidate, or with Escape the draft from before. Returns whether the key was one of these. */
  #stepped(key: Key, completing: Completing): boolean {
    if (key.kind !== 'key') return false;
    if (key.name === 'tab') completing.step(1);
    else if (key.name === 'shift-tab') completing.step(-1);
    else if (key.name !== 'escape') return false;
    const isOver = key.name === 'escape';
    this.#change(isOver ? completing.before : completing.draft);
    if (isOver) this.#completing = undefined;
    return true;
  }

  /** Returns whether the search took the key; another key ends it first. */
  #searched(key: Key, search: Search): boolean {
    const outcome = search.press(key);
    if (outcome === 'goes-on') {
      this.#draft = search.draft;
      return true;
    }
    this.#search = undefined;
    this.#draft = outcome === 'cancelled' ? search.before : search.taken;
    this.#undo.record(search.before, this.#draft);
    return outcome !== 'ended';
  }

  #goVertically(by: -1 | 1): void {
    const moved = drafts.toRow(this.#draft, by);
    if (moved !== undefined) this.#draft = moved;
    else if (!this.#isSecret) {
      const line = this.#history.go(by, this.#draft);
      if (line === undefined) return;
      this.#draft = line;
      this.#undo.clear();
    }
  }

  #kill(motion: Motion): void {
    const to = motion(this.#draft);
    const { text, cursor } = this.#draft;
    const isBefore = to < cursor;
    const cut = isBefore ? text.slice(to, cursor) : text.slice(cursor, to);
    const joined = this.#lastKill === undefined ? undefined : isBefore ? 'before' : 'after';
    if (!this.#isSecret) this.#kills.add(cut, joined);
    this.#lastKill = 'now';
    this.#change(drafts.removeTo(this.#draft, to));
  }

  /** `typed`: the text, when it was typed and not put in as a whole. */
  #insert(text: string, typed?: string): void {
    this.#change(drafts.insert(this.#draft, text), typed);
  }

  #change(draft: Draft, typed?: string): void {
    this.#undo.record(this.#draft, draft, typed);
    this.#draft = draft;
  }

  #begin(draft: Draft): void {
    this.#leaveModes();
    this.#draft = draft;
    this.#question = undefined;
    this.#undo.clear();
    this.#history.reset();
  }

  #leaveModes(): void {
    this.#search = undefined;
    this.#completing = undefined;
    this.#kills.endYank();
  }
}
