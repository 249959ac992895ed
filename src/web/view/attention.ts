import type { Entry } from '../../client/client.ts';
import type { Chat } from '../model/chat.ts';
import { shownText } from './shown-text.ts';

/** Whether `entry` is for me in person: a private message, or one that names me. */
export function isForMe({ to, matched, isOwn }: Entry, me: string): boolean {
  return !isOwn && (to === me || matched.includes(`@${me}`));
}

export function canAskToNotify(): boolean {
  return 'Notification' in globalThis && isSecureContext && Notification.permission === 'default';
}

/** Shows a notification for what is for me in person, while nobody looks at the page. */
export function notify(entry: Entry, chat: Chat, onOpen: () => void): void {
  if (document.visibilityState === 'visible' || !isForMe(entry, chat.name)) return;
  // Asked last: the browser's main process answers it, which takes most of a millisecond.
  if (!('Notification' in globalThis) || Notification.permission !== 'granted') return;
  const body =
    entry.kind === 'message' ? shownText(entry.text.slice(0, 200)) : `sent the file ${shownText(entry.name)}`;
  try {
    const shown = new Notification(entry.from, { body, tag: `earshot ${entry.from}`, icon: '/icon.svg' });
    shown.onclick = () => {
      window.focus();
      shown.close();
      onOpen();
    };
  } catch {
    // Some phones have notifications for service workers only.
  }
}

let shownCount: number | undefined;

/** Shows the count of what was not seen in the title of the tab, and on the icon where the page is installed. */
export function showCount(count: number): void {
  if (count === shownCount) return;
  shownCount = count;
  document.title = count === 0 ? 'earshot' : `(${count > 999 ? '999+' : count}) earshot`;
  if (!('setAppBadge' in navigator)) return;
  const shown = count === 0 ? navigator.clearAppBadge() : navigator.setAppBadge(count);
  shown.catch(() => {});
}
