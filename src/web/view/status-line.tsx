import type { ComponentChildren } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import type { Status } from '../model/chat.ts';
import { shownText } from './shown-text.ts';

/** How the connection is. */
export function StatusLine({
  status,
  waiting,
  onRetry,
  onSignIn,
}: {
  readonly status: Status;
  readonly waiting: number;
  onRetry(): void;
  onSignIn(): void;
}): ComponentChildren {
  const seconds = useCountdown(status.kind === 'offline' ? status.retryAtMs : undefined);
  const lines = waiting === 0 ? '' : ` · ${waiting} ${waiting === 1 ? 'line waits' : 'lines wait'}`;
  return (
    <output class={`status ${status.kind}`}>
      {wordsOf(status, seconds)}
      {status.kind === 'online' ? '' : lines}
      {status.kind === 'closed' && (
        <button type="button" onClick={onSignIn}>
          Sign in again
        </button>
      )}
      {status.kind === 'offline' && (
        <button type="button" onClick={onRetry}>
          Reconnect now
        </button>
      )}
    </output>
  );
}

function wordsOf(status: Status, seconds: number): string {
  switch (status.kind) {
    case 'connecting':
      return 'connecting';
    case 'online':
      return 'online';
    case 'catching-up':
      return 'catching up';
    case 'offline':
      return seconds > 0 ? `offline, reconnecting in ${seconds} s` : 'reconnecting';
    case 'closed':
      return `signed out: ${shownText(status.why)}`;
  }
}

/** The seconds until `atMs`, drawn anew each second. */
function useCountdown(atMs: number | undefined): number {
  const [nowMs, setNow] = useState(Date.now());
  useEffect(() => {
    if (atMs === undefined) return undefined;
    setNow(Date.now());
    const timer = setInterval(() => setNow(Date.now()), 1_000);
    return () => clearInterval(timer);
  }, [atMs]);
  return atMs === undefined ? 0 : Math.max(0, Math.ceil((atMs - nowMs) / 1_000));
}
