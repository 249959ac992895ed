import type { Entry } from '../../client/client.ts';
import { quickStore } from '../quick-store.ts';
import { shownText } from './shown-text.ts';

/** Whether `entry` is for me in person: a private message, or one that names me. */
export function isForMe({ to, matched, isOwn }: Entry, me: string): boolean {
  return !isOwn && (to === me || matched.includes(`@${me}`));
}

export function canAskToNotify(): boolean {
  return 'Notification' in globalThis && isSecureContext && Notification.permission === 'default';
}

const noKey = 'earshot no notifications';

/** Whether somebody said that they want none. */
export const wasNo = (): boolean => quickStore.get(noKey) !== undefined;

export const rememberNo = (): void => quickStore.put(noKey, 'yes');

/**
 * Shows a notification for what is for me in person, if `mayCall` lets this tab do it. `address` is where it leads to in a
 * page that is no longer there.
 */
export async function notify(
  entry: Entry,
  mayCall: () => Promise<boolean>,
  address: string,
  onOpen: () => void,
): Promise<void> {
  if (document.visibilityState === 'visible') return;
  // Asked last: the browser's main process answers it, which takes most of a millisecond.
  if (!('Notification' in globalThis) || Notification.permission !== 'granted' || !(await mayCall())) return;
  const body =
    entry.kind === 'message' ? shownText(entry.text.slice(0, 200)) : `sent the file ${shownText(entry.name)}`;
  const options = { body, tag: `earshot ${entry.from}`, icon: '/icon.svg', data: address };
  try {
    const shown = new Notification(entry.from, options);
    shown.onclick = () => {
      window.focus();
      shown.close();
      onOpen();
    };
  } catch {
    // Phones have notifications for service workers only.
    const worker = await navigator.serviceWorker?.ready;
    await worker?.showNotification(entry.from, options).catch(() => {});
  }
}

let shownCount: number | undefined;

/** Shows the count of what was not seen in the title of the tab, and that there is something on its icon. */
export function showCount(count: number): void {
  if (count === shownCount) return;
  shownCount = count;
  document
    .querySelector('link[rel=icon]')
    ?.setAttribute('href', count === 0 ? '/icon.svg' : '/icon-unread.svg');
  document.title = count === 0 ? 'earshot' : `(${count > 999 ? '999+' : count}) earshot`;
  if (!('setAppBadge' in navigator)) return;
  const shown = count === 0 ? navigator.clearAppBadge() : navigator.setAppBadge(count);
  shown.catch(() => {});
}
