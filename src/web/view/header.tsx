import type { ComponentChildren } from 'preact';
import { useRef, useState } from 'preact/hooks';
import { termProblem } from '../../protocol/terms.ts';
import type { Chat } from '../model/chat.ts';
import { canAskToNotify } from './attention.ts';
import { shownText } from './shown-text.ts';
import { StatusLine } from './status-line.tsx';

interface HeaderProps {
  readonly chat: Chat;
  readonly isSideOpen: boolean;
  onSide(): void;
  onSearch(term: string): void;
  onEverything(): void;
  onKeep(): void;
  onAccount(): void;
  /** Asks for notifications. */
  onNotify(): void;
  onSignIn(): void;
  onSignOut(): void;
}

/** What is shown, how the connection is, and who I am. */
export function Header(props: HeaderProps): ComponentChildren {
  const { chat, isSideOpen, onSide, onEverything } = props;
  const { filter } = chat;
  return (
    <header class="top">
      <button
        type="button"
        class="side-button"
        aria-expanded={isSideOpen}
        aria-controls="side"
        aria-label="What you follow, and people"
        onClick={onSide}
      >
        ☰{chat.unread.total > 0 && <span class="dot" />}
      </button>
      <h1 dir="auto">
        {filter.kind === 'all'
          ? 'Everything for me'
          : filter.kind === 'with'
            ? `With ${filter.name} alone`
            : shownText(filter.term)}
      </h1>
      {filter.kind !== 'all' && (
        <button type="button" onClick={onEverything}>
          Show everything
        </button>
      )}
      <StatusLine
        status={chat.status}
        waiting={chat.sending.waiting.length}
        onRetry={() => chat.client?.reconnectNow()}
        onSignIn={props.onSignIn}
      />
      <Search onSearch={props.onSearch} />
      <Me {...props} />
    </header>
  );
}

function Search({ onSearch }: Pick<HeaderProps, 'onSearch'>): ComponentChildren {
  const [word, setWord] = useState('');
  const submit = (event: Event): void => {
    event.preventDefault();
    const term = word.trim();
    if (term === '' || termProblem(term) !== undefined) return;
    setWord('');
    onSearch(term);
  };
  return (
    <search class="search">
      <form onSubmit={submit}>
        <input
          type="search"
          aria-label="Search for a word"
          placeholder="search a word"
          dir="auto"
          value={word}
          onInput={(event) => setWord(event.currentTarget.value)}
        />
      </form>
    </search>
  );
}

function Me({ chat, onKeep, onAccount, onNotify, onSignOut }: HeaderProps): ComponentChildren {
  const menu = useRef<HTMLDetailsElement>(null);
  const [isOpen, setOpen] = useState(false);
  const close = (): void => {
    if (menu.current === null) return;
    menu.current.open = false;
    // A dialogue gives the focus back to where it was.
    menu.current.querySelector('summary')?.focus();
  };
  const choose = (action: () => void) => (): void => {
    close();
    action();
  };
  const onKey = (event: KeyboardEvent): void => {
    if (event.key !== 'Escape' || menu.current?.open !== true) return;
    event.preventDefault();
    close();
  };
  return (
    <details class="me" ref={menu} onKeyDown={onKey} onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>
        <bdi>{chat.name}</bdi>
        {chat.isGuest && <span class="quiet"> guest</span>}
      </summary>
      <div class="me-menu">
        {chat.isGuest && chat.client !== undefined && (
          <button type="button" onClick={choose(onKeep)}>
            Keep this name with a password
          </button>
        )}
        {!chat.isGuest && chat.client !== undefined && (
          <button type="button" onClick={choose(onAccount)}>
            Password and logins
          </button>
        )}
        {isOpen && canAskToNotify() && (
          <button type="button" onClick={choose(onNotify)}>
            Notify me of mentions
          </button>
        )}
        <button type="button" onClick={onSignOut}>
          Sign out
        </button>
      </div>
    </details>
  );
}
