import type { Client, HistoryOptions } from '../../../client/client.ts';
import { LostError, RefusedError } from '../../../client/errors.ts';
import { wireLimits } from '../../../protocol/limits.ts';
import { textCarries } from '../../../protocol/phrases.ts';
import { isPhrase, keyOfTerm } from '../../../protocol/terms.ts';
import type { Entry } from '../../entry-line.ts';
import { counted } from '../../lines.ts';
import type { Screen } from '../../screen.ts';
import type { Shown, Timeline } from '../../timeline.ts';
import type { Files } from '../files/files.ts';

export interface PagesOptions {
  readonly client: Client;
  readonly screen: Screen;
  readonly timeline: Timeline;
  readonly files: Files;
}

/** What was asked for, and from where to continue. */
interface Query {
  readonly lines: number;
  /** All of these terms; empty for the whole history. */
  readonly terms: readonly string[];
  /** Only positions before this one; undefined for the newest. */
  readonly before: number | undefined;
  /** Whether it continues an earlier page. */
  readonly isOlder?: boolean;
}

interface Found {
  readonly entries: readonly Entry[];
  readonly isPruned: boolean;
  /** Whether there is nothing older. */
  readonly isOver: boolean;
  /** Where the next page ends. */
  readonly before: number | undefined;
}

const defaultLines = 20;
/** A search for several terms reads at most so many pages of the first one. */
const maxReads = 10;

/** Pages through the history, and through what was found in it, from the newest lines to older ones. */
export class Pages {
  readonly #client: Client;
  readonly #screen: Screen;
  readonly #timeline: Timeline;
  readonly #files: Files;
  #history: Query | undefined;
  #search: Query | undefined;
  #turn: Promise<unknown> = Promise.resolve();

  constructor({ client, screen, timeline, files }: PagesOptions) {
    this.#client = client;
    this.#screen = screen;
    this.#timeline = timeline;
    this.#files = files;
  }

  /** Shows the newest lines. Rejects as `Client.history` does, as all methods here but `begin`. */
  latest(lines = defaultLines): Promise<void> {
    return this.#inTurn(async () => {
      this.#history = await this.#show({ lines, terms: [], before: undefined });
    });
  }

  /** Shows the lines before those that were shown last. */
  older(): Promise<void> {
    return this.#inTurn(async () => {
      const newest = { lines: defaultLines, terms: [], before: undefined };
      this.#history = await this.#show(this.#history ?? newest);
    });
  }

  /** Shows the newest lines that carry all terms. */
  search(terms: readonly string[]): Promise<void> {
    return this.#inTurn(async () => {
      this.#search = await this.#show({ lines: defaultLines, terms, before: undefined });
    });
  }

  /** Shows the lines before those that were found last. False when nothing was searched for. */
  olderFound(): Promise<boolean> {
    return this.#inTurn(async () => {
      if (this.#search === undefined) return false;
      this.#search = await this.#show(this.#search);
      return true;
    });
  }

  /** Shows the newest lines up to now, and only then what happens from now on. Never rejects. */
  begin(): Promise<void> {
    const { position } = this.#client;
    if (position === undefined) return Promise.resolve();
    this.#timeline.hold();
    return this.#inTurn(() => this.#begin({ lines: defaultLines, terms: [], before: position + 1 }));
  }

  async #begin(query: Query): Promise<void> {
    try {
      const found = await this.#find(query);
      if (found.entries.length > 0) this.#history = this.#showFound(query, found);
    } catch (error) {
      if (!(error instanceof LostError || error instanceof RefusedError)) throw error;
    } finally {
      this.#timeline.release();
    }
  }

  /** Waits for the pages that were asked for before: where the next one begins is known when they are shown. */
  #inTurn<T>(show: () => Promise<T>): Promise<T> {
    const shown = this.#turn.then(show, show);
    this.#turn = shown;
    return shown;
  }

  async #show(query: Query): Promise<Query> {
    return this.#showFound(query, await this.#find(query));
  }

  #showFound(query: Query, { entries, isPruned, isOver, before }: Found): Query {
    if (isPruned) this.#screen.notice('The server no longer keeps older messages.');
    if (entries.length === 0 && this.#screen.isTerminal) this.#screen.notice(nothing(query, isOver));
    if (entries.length > 0) {
      const shown = entries.map((entry): Shown => ({ entry, ...this.#offer(entry), ...markedBy(query) }));
      const title = titleOf(query, entries.length);
      this.#timeline.page({ title, entries: shown, end: endOf(query, isOver) });
    }
    return { ...query, before, isOlder: true };
  }

  #offer(entry: Entry): { readonly offer?: number } {
    return entry.kind === 'message' ? {} : { offer: this.#files.offer(entry) };
  }

  async #find({ lines, terms, before }: Query): Promise<Found> {
    const [match, ...others] = terms;
    const isFiltered = others.length > 0;
    let found: readonly Entry[] = [];
    let isPruned = false;
    let isOver = false;
    let next = before;
    for (let reads = 0; found.length < lines && reads < maxReads; reads++) {
      const options: HistoryOptions = {
        limit: isFiltered ? wireLimits.historyLines : lines,
        ...(next === undefined ? {} : { before: next }),
        ...(match === undefined ? {} : { match }),
      };
      const { entries, gaps } = await this.#client.history(options);
      isPruned ||= gaps.length > 0;
      const wanted = entries.filter((entry) => others.every((term) => carries(entry, term)));
      next = entries[0]?.position ?? next;
      if (wanted.length + found.length > lines) next = wanted.at(found.length - lines)?.position;
      found = [...wanted.slice(Math.max(0, wanted.length + found.length - lines)), ...found];
      isOver = entries.length === 0;
      if (isOver || !isFiltered) break;
    }
    if (this.#screen.isTerminal && !isOver && found.length > 0 && found.length < lines)
      isOver = await this.#isFirst(next, match);
    return { entries: found, isPruned, isOver, before: next };
  }

  /** An answer may be short because its texts are long, so that only an empty one tells that there is nothing older. */
  async #isFirst(position: number | undefined, match: string | undefined): Promise<boolean> {
    if (position === undefined) return false;
    const options = { limit: 1, before: position, ...(match === undefined ? {} : { match }) };
    const { entries } = await this.#client.history(options);
    return entries.length === 0;
  }
}

/** Whether the entry carries the term, as far as its receivers can know: not the terms that a file was sent to. */
function carries(entry: Entry, term: string): boolean {
  const key = keyOfTerm(term);
  if (key === '*' || key === `@${entry.from}` || entry.matched.some((matched) => keyOfTerm(matched) === key))
    return true;
  return entry.kind === 'message' && textCarries(entry.text, key);
}

function markedBy({ terms }: Query): { readonly marked?: readonly string[] } {
  return terms.length === 0 ? {} : { marked: terms };
}

function titleOf({ terms, isOlder }: Query, count: number): string {
  const counts = counted(count, 'line');
  const newest = count === 1 ? 'the last line' : `the last ${counts}`;
  const lines = isOlder === true ? `${counts} before` : newest;
  return terms.length === 0 ? lines : `${lines} with ${quoted(terms)}`;
}

function endOf({ terms }: Query, isOver: boolean): string {
  const what = terms.length > 0 ? 'search' : 'history';
  return `end of the ${what}; ${isOver ? 'there are no older lines' : `!${what} more shows older lines`}`;
}

function nothing({ terms, isOlder }: Query, isOver: boolean): string {
  if (!isOver) return `Nothing was found so far with ${quoted(terms)}; !search more goes on.`;
  const lines = isOlder === true ? 'There are no older lines' : 'There are no lines';
  return terms.length === 0 ? `${lines}.` : `${lines} with ${quoted(terms)}.`;
}

function quoted(terms: readonly string[]): string {
  return terms.map((term) => (isPhrase(term) ? term : `"${term}"`)).join(' and ');
}
