import type { ComponentChildren } from 'preact';
import { useRef, useState } from 'preact/hooks';
import type { Chat } from '../model/chat.ts';
import { type Filter, searchOf } from '../model/filter.ts';
import { canAskToNotify } from './attention.ts';
import { shownText } from './shown-text.ts';
import { StatusLine } from './status-line.tsx';

interface HeaderProps {
  readonly chat: Chat;
  readonly isSideOpen: boolean;
  onSide(): void;
  onSearch(found: Filter): void;
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
      <h1 dir="auto">{titleOf(filter)}</h1>
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
      <Search chat={chat} onSearch={props.onSearch} />
      <Me {...props} />
    </header>
  );
}

function titleOf(filter: Filter): string {
  switch (filter.kind) {
    case 'all':
      return 'Everything for me';
    case 'with':
      return `With ${filter.name} alone`;
    case 'term':
      return shownText(filter.term);
    case 'search':
      return `Search: ${shownText(filter.terms.join(' '))}`;
  }
}

function Search({ chat, onSearch }: Pick<HeaderProps, 'chat' | 'onSearch'>): ComponentChildren {
  const [typed, setTyped] = useState('');
  const [problem, setProblem] = useState('');
  const submit = (event: Event): void => {
    event.preventDefault();
    const found = searchOf(typed);
    if ('problem' in found) {
      setProblem(found.problem);
      return;
    }
    setTyped('');
    onSearch(found);
  };
  const { filter } = chat;
  return (
    <search class="search">
      <form onSubmit={submit}>
        <input
          type="search"
          aria-label="Search for words"
          aria-invalid={problem !== ''}
          title='All of these words; "in quotes" side by side'
          placeholder={filter.kind === 'search' ? filter.terms.join(' ') : 'search words'}
          dir="auto"
          value={typed}
          onInput={(event) => {
            setTyped(event.currentTarget.value);
            setProblem('');
          }}
        />
        {problem !== '' && (
          <p class="problem" role="alert">
            {problem}.
          </p>
        )}
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
