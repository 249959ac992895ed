import type { Chat } from '../model/chat.ts';

const leastMs = 3_000;
const mostMs = 20_000;
const msForEach = 100;

/** How long to wait until the next question, where so many are online: all pages together ask some ten times a second. */
export const intervalMs = (people: number): number => Math.min(mostMs, Math.max(leastMs, people * msForEach));

/** Asks who is online again and again while somebody looks, and at once when they come back. Returns what ends it. */
export function watchPeople(chat: Pick<Chat, 'people' | 'status' | 'refresh'>): () => void {
  let timer = 0;
  const wait = (): void => {
    clearTimeout(timer);
    timer = setTimeout(ask, intervalMs(chat.people.length));
  };
  const ask = (): void => {
    if (document.visibilityState === 'visible' && chat.status.kind === 'online') void chat.refresh();
    wait();
  };
  document.addEventListener('visibilitychange', ask);
  wait();
  return () => {
    clearTimeout(timer);
    document.removeEventListener('visibilitychange', ask);
  };
}
