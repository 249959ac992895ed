import { newIdPrefix } from '../client/chat11/send-queue.ts';

const channelName = 'earshot tabs';
const key = 'earshot tab';
/** How long another tab may take to say that it is there: hidden ones are slow. */
const answerMs = 400;
/** How long the same tab, loaded again, may still have its lock. */
const reloadMs = 500;

/** What happened to the user `name` in one tab, and concerns the others. */
export type TabNews = { readonly name: string } & (
  | /** The user has another token, which this browser keeps. */ { readonly what: 'token' }
  | { readonly what: 'signed-out' }
  /** Somebody has looked at what is shown at an address (see `filterOf`), up to a position. */
  | { readonly what: 'seen'; readonly address: string; readonly position: number }
);

/**
 * The tabs of this page: each has an id, which it keeps when it is loaded again. Who is open is known by locks of the
 * browser. Where there are none (a page over plain HTTP from another machine), tabs ask each other.
 */
export class Tabs {
  readonly own: string;
  readonly #channel = new BroadcastChannel(channelName);
  readonly #locks = (navigator as { readonly locks?: LockManager }).locks;
  /** Aborted when nobody looks at this tab any more. */
  #looking: AbortController | undefined;
  /** Aborted when it shows the chat of somebody else. */
  #showing: AbortController | undefined;
  /** The user of whose tabs this is the first. */
  #leads: string | undefined;

  static async open(): Promise<Tabs> {
    const kept = sessionStorage.getItem(key);
    // A duplicated tab has the id of its original, which is still open.
    const isFree = kept !== null && (await takeLock(lockOf(kept)));
    const own = isFree ? kept : newIdPrefix();
    if (!isFree) await takeLock(lockOf(own));
    sessionStorage.setItem(key, own);
    return new Tabs(own);
  }

  private constructor(own: string) {
    this.own = own;
    this.#channel.addEventListener('message', ({ data }) => {
      if (data === `where ${own}`) this.#channel.postMessage(`here ${own}`);
    });
  }

  tell(news: TabNews): void {
    this.#channel.postMessage(news);
  }

  /** Calls `listener` for what other tabs tell. */
  onNews(listener: (news: TabNews) => void): void {
    this.#channel.addEventListener('message', ({ data }: MessageEvent<string | TabNews>) => {
      if (typeof data === 'object') listener(data);
    });
  }

  /** Resolves with whether another tab with this id is open. */
  async isOpen(tab: string): Promise<boolean> {
    return this.#locks === undefined ? this.#answers(tab) : this.#isHeld(lockOf(tab));
  }

  /** This tab shows the chat of `name`, or of nobody any more: one tab of those that show it is the first. */
  shows(name: string | undefined): void {
    this.#showing?.abort();
    this.#leads = undefined;
    const lead = (): void => {
      this.#leads = name;
    };
    this.#showing = name === undefined ? undefined : this.#hold(`earshot first ${name}`, 'exclusive', lead);
  }

  /** Whether somebody looks at this tab, or no more. */
  looks(isLooking: boolean): void {
    this.#looking?.abort();
    this.#looking = isLooking ? this.#hold('earshot looks', 'shared', () => {}) : undefined;
  }

  /** Resolves with whether this tab, of all that are open, calls `name` for a message: nobody looks at any. */
  async mayCall(name: string): Promise<boolean> {
    return this.#leads === name && !(await this.#isHeld('earshot looks'));
  }

  /** Holds a lock, of which `onHeld` hears, until what is returned is aborted. Without locks it is held at once. */
  #hold(lock: string, mode: LockMode, onHeld: () => void): AbortController {
    const over = new AbortController();
    const { signal } = over;
    const hold = (): Promise<void> =>
      new Promise((resolve) => {
        signal.addEventListener('abort', () => resolve());
        if (signal.aborted) resolve();
        else onHeld();
      });
    if (this.#locks === undefined) void hold();
    else this.#locks.request(lock, { mode, signal }, hold).catch(() => {});
    return over;
  }

  async #isHeld(lock: string): Promise<boolean> {
    const held = (await this.#locks?.query())?.held ?? [];
    return held.some(({ name }) => name === lock);
  }

  #answers(tab: string): Promise<boolean> {
    return new Promise((resolve) => {
      const done = (isOpen: boolean): void => {
        clearTimeout(timer);
        this.#channel.removeEventListener('message', take);
        resolve(isOpen);
      };
      const take = ({ data }: MessageEvent): void => {
        if (data === `here ${tab}`) done(true);
      };
      const timer = setTimeout(() => done(false), answerMs);
      this.#channel.addEventListener('message', take);
      this.#channel.postMessage(`where ${tab}`);
    });
  }
}

const lockOf = (tab: string): string => `earshot tab ${tab}`;

/** Takes a lock for as long as the tab is open. Resolves with false when another tab has it. */
function takeLock(name: string): Promise<boolean> {
  const { locks } = navigator as { readonly locks?: LockManager };
  if (locks === undefined) return Promise.resolve(true);
  return new Promise((resolve) => {
    const hold = (): Promise<void> => {
      resolve(true);
      return new Promise(() => {});
    };
    locks.request(name, { signal: AbortSignal.timeout(reloadMs) }, hold).catch(() => resolve(false));
  });
}
