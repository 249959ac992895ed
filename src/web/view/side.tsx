import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { termProblem } from '../../protocol/terms.ts';
import type { Chat } from '../model/chat.ts';
import { addressOf, everything, type Filter, isSameFilter } from '../model/filter.ts';
import { isAlone } from './empty.tsx';
import { shownText } from './shown-text.ts';

interface SideProps {
  readonly chat: Chat;
  onShow(filter: Filter): void;
  /** Something was refused. */
  onProblem(problem: string): void;
}

/** What I follow, private conversations, and who is here. */
export function Side({ chat, onShow, onProblem }: SideProps): ComponentChildren {
  const place = (filter: Filter, label: string, count: number): ComponentChildren => (
    <Place chat={chat} filter={filter} label={label} count={count} onShow={onShow} />
  );
  const others = chat.people.filter((name) => name !== chat.name);
  const partners = new Set(chat.partners);
  return (
    <nav class="side" id="side" aria-label="What you follow, and people">
      <ul>
        <li>{place(everything, 'Everything for me', chat.unread.total)}</li>
      </ul>
      <h2>You follow</h2>
      <FollowForm chat={chat} onProblem={onProblem} />
      {chat.follows.length === 0 && <p class="quiet">No word yet.</p>}
      <ul>
        {chat.follows.map((term) => (
          <li key={term} class="follow">
            {place({ kind: 'term', term }, term, chat.unread.ofTerm(term))}
            <button
              type="button"
              class="drop"
              aria-label={`Unfollow ${shownText(term)}`}
              title={`Unfollow ${shownText(term)}`}
              onClick={() => chat.unfollow(term).catch((error: Error) => onProblem(error.message))}
            >
              ×
            </button>
          </li>
        ))}
      </ul>
      {partners.size > 0 && <h2>Private</h2>}
      <ul>
        {[...partners].map((name) => (
          <li key={name}>{place({ kind: 'with', name }, name, chat.unread.from(name))}</li>
        ))}
      </ul>
      <h2>Online</h2>
      {isAlone(chat) && <p class="quiet">Nobody else.</p>}
      <ul>
        {others.slice(0, 200).map((name) => (
          <li key={name}>{place({ kind: 'with', name }, name, 0)}</li>
        ))}
      </ul>
      {others.length > 200 && <p class="quiet">and {others.length - 200} more</p>}
    </nav>
  );
}

interface PlaceProps {
  readonly chat: Chat;
  readonly filter: Filter;
  readonly label: string;
  readonly count: number;
  onShow(filter: Filter): void;
}

function Place({ chat, filter, label, count, onShow }: PlaceProps): ComponentChildren {
  const isHere = isSameFilter(chat.filter, filter);
  const open = (event: MouseEvent): void => {
    // A new tab, if somebody asks for one.
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    onShow(filter);
  };
  return (
    <a class="place" href={addressOf(filter)} aria-current={isHere ? 'page' : undefined} onClick={open}>
      <bdi class="place-name">{shownText(label)}</bdi>
      {count > 0 && (
        <span class="count">
          {count > 999 ? '999+' : count}
          <span class="unseen"> unread</span>
        </span>
      )}
    </a>
  );
}

function FollowForm({ chat, onProblem }: Pick<SideProps, 'chat' | 'onProblem'>): ComponentChildren {
  const [term, setTerm] = useState('');
  const submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    const wanted = term.trim();
    if (wanted === '') return;
    const problem = termProblem(wanted);
    if (problem !== undefined) {
      onProblem(problem);
      return;
    }
    try {
      await chat.follow(wanted);
      setTerm('');
    } catch (error) {
      onProblem(error instanceof Error ? error.message : String(error));
    }
  };
  return (
    <form class="follow-form" onSubmit={(event) => void submit(event)}>
      <input
        aria-label="Word or @person to follow"
        placeholder="word or @person"
        autoComplete="off"
        autoCapitalize="off"
        spellcheck={false}
        dir="auto"
        value={term}
        onInput={(event) => setTerm(event.currentTarget.value)}
      />
      <button type="submit">Follow</button>
    </form>
  );
}
