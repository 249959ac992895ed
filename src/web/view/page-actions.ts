import type { ChatAttachment } from '../../client/client.ts';

/** What somebody clicked on: a word, or a person. */
export interface Subject {
  /** The term that brings it. */
  readonly term: string;
  /** The person, if it is one. */
  readonly name?: string;
}

/** What rows of the timeline ask of the page. */
export interface PageActions {
  /** Offers what can be done with `subject`, near `by`, or at the pointer. */
  choose(subject: Subject, by: HTMLElement, at?: MouseEvent): void;
  /** Gets a file and gives it to the browser to save. */
  save(file: ChatAttachment): void;
  /** The terms that were searched for, which are marked. */
  searched(): readonly string[];
  /** Resolves with the address of a picture of a known type; undefined when the file is none. */
  picture(file: ChatAttachment): Promise<string | undefined>;
}
