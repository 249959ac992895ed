import type { Motion } from './draft.ts';
import * as drafts from './draft.ts';

/** What a key does to the draft, or the name of what the editor does. */
export type Command =
  | { readonly move: Motion }
  /** Removes up to there, for good. */
  | { readonly remove: Motion }
  /** Cuts up to there, into the kill ring. */
  | { readonly kill: Motion }
  | { readonly vertical: -1 | 1 }
  | { readonly act: string };

export type Keymap = Readonly<Record<string, Command | undefined>>;

const characterLeft = { move: drafts.left };
const characterRight = { move: drafts.right };
const toWordLeft = { move: drafts.wordLeft };
const toWordRight = { move: drafts.wordRight };
const toRowStart = { move: drafts.rowStart };
const toRowEnd = { move: drafts.rowEnd };
const up = { vertical: -1 } as const;
const down = { vertical: 1 } as const;
const newline = { act: 'newline' };

/** The keys by name: those of readline, as Emacs has them. */
export const keymap: Keymap = {
  left: characterLeft,
  'ctrl-b': characterLeft,
  right: characterRight,
  'ctrl-f': characterRight,
  'alt-b': toWordLeft,
  'ctrl-left': toWordLeft,
  'alt-left': toWordLeft,
  'alt-f': toWordRight,
  'ctrl-right': toWordRight,
  'alt-right': toWordRight,
  home: toRowStart,
  'ctrl-a': toRowStart,
  end: toRowEnd,
  'ctrl-e': toRowEnd,
  up,
  'ctrl-p': up,
  down,
  'ctrl-n': down,
  backspace: { remove: drafts.left },
  'shift-backspace': { remove: drafts.left },
  delete: { remove: drafts.right },
  'ctrl-d': { act: 'end-or-delete' },
  'ctrl-k': { kill: drafts.rowEndOrNext },
  'ctrl-u': { kill: drafts.rowStartOrPrevious },
  'ctrl-w': { kill: drafts.pieceLeft },
  'alt-backspace': { kill: drafts.wordLeft },
  'ctrl-backspace': { kill: drafts.wordLeft },
  'alt-d': { kill: drafts.wordRight },
  'ctrl-delete': { kill: drafts.wordRight },
  'alt-delete': { kill: drafts.wordRight },
  'ctrl-y': { act: 'yank' },
  'alt-y': { act: 'yank-pop' },
  'ctrl-t': { act: 'transpose' },
  'ctrl-_': { act: 'undo' },
  'alt-_': { act: 'redo' },
  'ctrl-r': { act: 'search' },
  'ctrl-l': { act: 'clear' },
  'ctrl-c': { act: 'interrupt' },
  enter: { act: 'enter' },
  'alt-enter': newline,
  'shift-enter': newline,
  'ctrl-enter': newline,
  tab: { act: 'tab' },
  'shift-tab': { act: 'tab' },
};
