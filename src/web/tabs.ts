import { newIdPrefix } from '../client/chat11/send-queue.ts';

const channelName = 'earshot tabs';
const key = 'earshot tab';
/** How long another tab may take to say that it is there: hidden ones are slow. */
const answerMs = 400;

/** `token`: the user has another token, which this browser keeps. */
export interface TabNews {
  readonly what: 'token' | 'signed-out';
  readonly name: string;
}

/** The tabs of this page: each has an id, which it keeps when it is loaded again. */
export class Tabs {
  readonly own: string;
  readonly #channel = new BroadcastChannel(channelName);

  constructor() {
    const kept = sessionStorage.getItem(key);
    this.own = kept ?? newIdPrefix();
    sessionStorage.setItem(key, this.own);
    this.#channel.addEventListener('message', ({ data }) => {
      if (data === `where ${this.own}`) this.#channel.postMessage(`here ${this.own}`);
    });
  }

  /** Tells the other tabs what happened to the user `name`. */
  tell(what: TabNews['what'], name: string): void {
    this.#channel.postMessage({ what, name } satisfies TabNews);
  }

  /** Calls `listener` for what other tabs tell. */
  onNews(listener: (news: TabNews) => void): void {
    this.#channel.addEventListener('message', ({ data }: MessageEvent<string | TabNews>) => {
      if (typeof data === 'object') listener(data);
    });
  }

  /** Whether another tab with this id is open. */
  isOpen(tab: string): Promise<boolean> {
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
