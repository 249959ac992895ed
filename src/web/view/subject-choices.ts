import type { Chat } from '../model/chat.ts';
import type { Filter } from '../model/filter.ts';
import type { Row } from '../model/timeline.ts';
import type { Choice } from './choices.tsx';
import type { Subject } from './page-actions.ts';
import { wordsToOffer } from './text-parts.ts';

interface Doing {
  readonly chat: Chat;
  show(filter: Filter): void;
  write(text: string): void;
  problem(what: string): void;
  choose(subject: Subject): void;
}

/** What can be done with a word or a person. */
export function choicesFor({ term, name }: Subject, doing: Doing): readonly Choice[] {
  const { chat, show, write, problem } = doing;
  const tell = (done: Promise<void>): void => void done.catch((error: Error) => problem(error.message));
  const isMe = name === chat.name;
  const choices: Choice[] = [];
  if (!isMe && chat.isFollowed(term))
    choices.push({ label: `Unfollow ${term}`, run: () => tell(chat.unfollow(term)) });
  else if (!isMe) choices.push({ label: `Follow ${term}`, run: () => tell(chat.follow(term)) });
  choices.push({
    label: name === undefined ? `Show what was said with ${term}` : `Show what ${isMe ? 'you' : name} said`,
    run: () => show({ kind: 'term', term }),
  });
  if (name !== undefined && !isMe) {
    choices.push({ label: `Write to ${name} alone`, run: () => show({ kind: 'with', name }) });
    choices.push({ label: `Mention @${name}`, run: () => write(`@${name}`) });
  }
  if (!isMe)
    choices.push({
      label: chat.isMuted(term) ? `Show ${term} again` : `Mute ${term} for two hours`,
      run: () => chat.toggleMute(term),
    });
  return choices;
}

/** What the keyboard offers for a row: its speaker, and the words in it. */
export function choicesForRow(row: Row, doing: Doing): readonly Choice[] {
  if (row.kind !== 'entry') return [];
  const { from, matched } = row.entry;
  const words = row.entry.kind === 'message' ? wordsToOffer(row.entry.text, 12) : [];
  const terms = new Set([...matched.filter((term) => !term.startsWith('@')), ...words]);
  return [
    { label: `@${from} …`, run: () => doing.choose({ term: `@${from}`, name: from }) },
    ...[...terms].map((term) => ({ label: `${term} …`, run: () => doing.choose({ term }) })),
  ];
}
