import type { Choice } from './completion.ts';
import { type Draft, emptyDraft } from './draft.ts';
import type { Lines, LinesQuestion } from './lines-question.ts';

/** What a key asks for beyond the draft. */
export type Effect =
  /** The user entered this line. */
  | { readonly kind: 'line'; readonly text: string }
  /** The user wants these sent as lines. */
  | { readonly kind: 'lines'; readonly lines: Lines }
  /** The user wants one file of these. */
  | { readonly kind: 'file'; readonly lines: Lines }
  /** The user gave up this draft. */
  | { readonly kind: 'discarded'; readonly text: string }
  /** Pass what completes this draft to `Editor.offer`. */
  | { readonly kind: 'complete'; readonly draft: Draft; readonly by: -1 | 1 }
  /** The user wants the screen cleared. */
  | { readonly kind: 'clear' }
  /** A paste was longer than what is taken; nothing of it was. */
  | { readonly kind: 'too-long' }
  /** The user leaves, with Ctrl-C or Ctrl-D on an empty line. */
  | { readonly kind: 'leave' };

/** What is to be shown. */
export interface View {
  readonly draft: Draft;
  /** The reverse search: what is searched for, and whether it was found in the draft's line. */
  readonly search: { readonly part: string; readonly isFound: boolean } | undefined;
  readonly question: LinesQuestion | undefined;
  readonly choice: Choice | undefined;
}

export const emptyView: View = {
  draft: emptyDraft,
  search: undefined,
  question: undefined,
  choice: undefined,
};
