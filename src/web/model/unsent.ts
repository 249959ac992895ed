import type { Database } from '../host/database.ts';

/** A line that was typed and of which the server has not said that it is stored. */
export interface UnsentLine {
  /** By this the server knows it when it comes twice. */
  readonly id: string;
  /** The user who typed it. */
  readonly name: string;
  /** The tab in which it was typed. */
  readonly tab: string;
  /** The one person whom it is for. */
  readonly to?: string;
  readonly text: string;
  readonly timeMs: number;
}

const isText = (value: unknown): value is string => typeof value === 'string';

function lineIn(id: string, value: unknown): UnsentLine[] {
  if (typeof value !== 'object' || value === null) return [];
  const { name, tab, to, text, timeMs } = value as Readonly<Record<string, unknown>>;
  if (!isText(name) || !isText(tab) || !isText(text) || typeof timeMs !== 'number') return [];
  return [{ id, name, tab, text, timeMs, ...(isText(to) && { to }) }];
}

/** A store that writes before it returns, as the browser's `localStorage` does. It may be full, or forbidden. */
export interface QuickStore {
  keys(): readonly string[];
  get(key: string): string | undefined;
  put(key: string, value: string): void;
  remove(key: string): void;
}

const quickPrefix = 'earshot unsent ';

function parsed(text: string | undefined): unknown {
  try {
    return text === undefined ? undefined : JSON.parse(text);
  } catch {
    return undefined;
  }
}

/**
 * The lines of one user that are not sent, kept so that they outlive the page. Each belongs to a tab; those of a tab that
 * is gone are taken over by the next one.
 *
 * Each is in two stores: the quick one has it when the page is loaded again in the moment in which the line was typed, and
 * the database after a crash of the browser.
 */
export class UnsentLines {
  readonly #database: Database;
  readonly #quick: QuickStore;
  readonly #name: string;
  readonly tab: string;

  constructor(database: Database, quick: QuickStore, name: string, tab: string) {
    this.#database = database;
    this.#quick = quick;
    this.#name = name;
    this.tab = tab;
  }

  /**
   * Resolves with the lines of this tab and of those that are gone, in the order in which they were typed. `isOpen` says
   * whether a tab is still there.
   */
  async takeOver(isOpen: (tab: string) => Promise<boolean>): Promise<readonly UnsentLine[]> {
    const stored = await this.#database.all('unsent').catch(() => []);
    const quick = this.#quick
      .keys()
      .filter((key) => key.startsWith(quickPrefix))
      .map((key) => [key.slice(quickPrefix.length), parsed(this.#quick.get(key))] as const);
    const lines = [...new Map([...stored, ...quick])]
      .flatMap(([id, value]) => lineIn(id, value))
      .filter(({ name }) => name === this.#name);
    const others = new Set(lines.map(({ tab }) => tab).filter((tab) => tab !== this.tab));
    const open = new Set<string>();
    await Promise.all([...others].map(async (tab) => (await isOpen(tab)) && open.add(tab)));
    const ours = lines.filter(({ tab }) => !open.has(tab)).map((line) => ({ ...line, tab: this.tab }));
    await Promise.all(ours.map((line) => this.keep(line)));
    return ours.sort((a, b) => a.timeMs - b.timeMs || a.id.localeCompare(b.id));
  }

  /** It is in the quick store when this returns; resolves when it is in the database too, or that has failed. */
  async keep({ id, ...line }: UnsentLine): Promise<void> {
    this.#quick.put(quickPrefix + id, JSON.stringify(line));
    await this.#database.put('unsent', id, line).catch(() => {});
  }

  async remove(id: string): Promise<void> {
    this.#quick.remove(quickPrefix + id);
    await this.#database.remove('unsent', id).catch(() => {});
  }
}
