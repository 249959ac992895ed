import type { ComponentChildren } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import type { Entry } from '../../client/client.ts';
import { shownText } from './shown-text.ts';

/** Screen readers say one line in so many milliseconds; what comes faster is counted. */
const lineMs = 1_500;
const longest = 300;

/** What a screen reader says of an entry. */
function spokenOf(entry: Entry): string {
  const what =
    entry.kind === 'message'
      ? shownText(entry.text.slice(0, longest))
      : `sent the file ${shownText(entry.name)}`;
  return `${entry.from}${entry.to === undefined ? '' : ', to you alone'}: ${what}`;
}

/** A log for screen readers. The timeline itself is no log: it changes when somebody scrolls. */
export function Spoken({ listen }: { listen(take: (entry: Entry) => void): () => void }): ComponentChildren {
  const [lines, setLines] = useState<readonly string[]>([]);
  const waiting = useRef<Entry[]>([]);
  useEffect(() => {
    const stop = listen((entry) => {
      if (!entry.isOwn && waiting.current.push(entry) > 1_000) waiting.current.shift();
    });
    const timer = setInterval(() => {
      const entries = waiting.current;
      const [only] = entries;
      if (only === undefined) return;
      waiting.current = [];
      const line = entries.length === 1 ? spokenOf(only) : `${entries.length} new messages`;
      setLines((before) => [...before.slice(-4), line]);
    }, lineMs);
    return () => {
      stop();
      clearInterval(timer);
    };
  }, [listen]);
  return (
    <div class="unseen" role="log" aria-label="New messages">
      {lines.map((line, at) => (
        <p key={`${at} ${line}`}>{line}</p>
      ))}
    </div>
  );
}
