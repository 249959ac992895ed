import { Component, type ComponentChildren } from 'preact';
import type { Entry } from '../../client/client.ts';
import { systemClock } from '../../scheduling/clock.ts';
import type { Chat } from '../model/chat.ts';
import { addressOf, type Filter, filterOf } from '../model/filter.ts';
import { Account } from './account.tsx';
import { canAskToNotify, isForMe, notify, rememberNo, showCount, wasNo } from './attention.ts';
import { Choices, type ChoicesAt } from './choices.tsx';
import { Composer } from './composer.tsx';
import { picture, save } from './downloads.ts';
import { Drawing } from './drawing.ts';
import { hasKeyboard } from './focus.ts';
import { Header } from './header.tsx';
import { KeepName } from './keep-name.tsx';
import { Kept } from './kept.tsx';
import { Log } from './log.tsx';
import type { PageActions, Subject } from './page-actions.ts';
import { SendFiles } from './send-files.tsx';
import { Side } from './side.tsx';
import { Spoken } from './spoken.tsx';
import { choicesFor, choicesForRow } from './subject-choices.ts';
import { watchPeople } from './watch-people.ts';

export interface ChatPageProps {
  readonly chat: Chat;
  /** Calls `take` for each entry that comes live. Returns what ends that. */
  listen(take: (entry: Entry, isSeen: boolean) => void): () => void;
  /** Resolves with whether this tab shows notifications: one of several does. */
  mayCall(): Promise<boolean>;
  /** The guest is an account now, or the account has another password. */
  onKept(): void;
  onSignIn(): void;
  onSignOut(): void;
}

interface ChatPageState {
  readonly version: number;
  readonly choices?: ChoicesAt | undefined;
  readonly files?: readonly File[] | undefined;
  readonly isKeeping?: boolean;
  readonly isAccountOpen?: boolean;
  readonly isSideOpen?: boolean;
  readonly isDropping?: boolean;
  /** Notifications would have been of use. */
  readonly mayAsk?: boolean;
}

/** The page of somebody who is signed in. `Drawing` says when it draws. */
export class ChatPage extends Component<ChatPageProps, ChatPageState> {
  override state: ChatPageState = { version: 0 };
  #log: Log | undefined;
  #composer: Composer | undefined;
  readonly #drawing = new Drawing({
    draw: () => {
      showCount(this.props.chat.unread.total);
      this.setState(({ version }) => ({ version: version + 1 }));
    },
    clock: systemClock,
    isVisible: () => document.visibilityState === 'visible',
    onFrame(action) {
      const frame = requestAnimationFrame(action);
      return () => cancelAnimationFrame(frame);
    },
  });
  #stops: (() => void)[] = [];

  readonly #actions: PageActions = {
    choose: (subject, by, at) => this.#choose(subject, by, at),
    save: (file) => void save(this.props.chat, file),
    picture: (file) => picture(this.props.chat, file),
    searched: () => (this.props.chat.filter.kind === 'search' ? this.props.chat.filter.terms : []),
  };

  override componentDidMount(): void {
    const { chat, listen } = this.props;
    addEventListener('popstate', this.#onAddress);
    addEventListener('keydown', this.#onKey);
    document.addEventListener('visibilitychange', this.#onVisibility);
    this.#stops = [
      chat.subscribe((mayWait) => this.#drawing.changed(mayWait)),
      listen((entry, isSeen) => this.#onEntry(entry, isSeen)),
      watchPeople(chat),
      () => removeEventListener('popstate', this.#onAddress),
      () => removeEventListener('keydown', this.#onKey),
      () => document.removeEventListener('visibilitychange', this.#onVisibility),
    ];
    this.#onAddress();
  }

  override getSnapshotBeforeUpdate(): boolean {
    return hasKeyboard();
  }

  override componentDidUpdate(_: ChatPageProps, __: ChatPageState, hadFocus: boolean): void {
    // What was pressed is gone, such as the button that unfollows a word.
    const isLost = hadFocus && document.activeElement === document.body;
    if (isLost && document.querySelector('dialog[open]') === null) this.#composer?.focus();
  }

  override componentWillUnmount(): void {
    for (const stop of this.#stops) stop();
    this.#drawing.stop();
    showCount(0);
  }

  override render(
    { chat, listen, onKept, onSignIn, onSignOut }: ChatPageProps,
    state: ChatPageState,
  ): ComponentChildren {
    const { version, choices, files, isKeeping = false, isSideOpen = false } = state;
    return (
      // biome-ignore lint/a11y/noStaticElementInteractions: files may be dropped anywhere; a button attaches them too
      <div
        class={`page${isSideOpen ? ' side-open' : ''}${state.isDropping === true ? ' dropping' : ''}`}
        onDragOver={this.#onDrag}
        onDragLeave={() => this.setState({ isDropping: false })}
        onDrop={this.#onDrop}
      >
        <Header
          chat={chat}
          isSideOpen={isSideOpen}
          onSide={() => this.setState({ isSideOpen: !isSideOpen })}
          onSearch={(found) => this.#show(found)}
          onEverything={() => this.#show({ kind: 'all' })}
          onKeep={() => this.setState({ isKeeping: true })}
          onNotify={() => this.#askToNotify()}
          onAccount={() => this.setState({ isAccountOpen: true })}
          onSignIn={onSignIn}
          onSignOut={onSignOut}
        />
        <Kept
          of={[chat, chat.people, chat.follows, chat.partners, chat.filter, chat.unread.changes]}
          draw={() => (
            <Side
              chat={chat}
              onShow={(filter) => this.#show(filter)}
              onProblem={(problem) => chat.note(problem)}
            />
          )}
        />
        <main class="talk">
          {state.mayAsk === true && canAskToNotify() && (
            <p class="ask">
              Somebody spoke to you while you were elsewhere.{' '}
              <button type="button" onClick={() => this.#askToNotify()}>
                Notify me
              </button>{' '}
              <button type="button" onClick={this.#noNotifications}>
                No
              </button>
            </p>
          )}
          <Log
            onMount={(log) => {
              this.#log = log;
            }}
            chat={chat}
            version={version}
            actions={this.#actions}
            onRow={(row, element) =>
              this.#open(
                row.kind === 'entry' ? row.entry.from : '',
                choicesForRow(row, this.#doing(element)),
                element,
              )
            }
          />
          <Composer
            onMount={(composer) => {
              this.#composer = composer;
            }}
            chat={chat}
            version={version}
            onFiles={(chosen) => chosen.length > 0 && this.setState({ files: chosen })}
            onSaid={() => this.#log?.toEnd()}
          />
          {choices !== undefined && (
            <Choices at={choices} onClose={() => this.setState({ choices: undefined })} />
          )}
        </main>
        <Spoken listen={listen} />
        {files !== undefined && (
          <SendFiles chat={chat} files={files} onClose={() => this.setState({ files: undefined })} />
        )}
        {isKeeping && (
          <KeepName chat={chat} onKept={onKept} onClose={() => this.setState({ isKeeping: false })} />
        )}
        {state.isAccountOpen === true && (
          <Account chat={chat} onChanged={onKept} onClose={() => this.setState({ isAccountOpen: false })} />
        )}
      </div>
    );
  }

  #onEntry(entry: Entry, isSeen: boolean): void {
    const { chat } = this.props;
    if (!isForMe(entry, chat.name)) return;
    const filter: Filter = entry.to === undefined ? { kind: 'all' } : { kind: 'with', name: entry.from };
    void notify(entry, this.props.mayCall, addressOf(filter), () => this.#show(filter));
    if (!isSeen && this.state.mayAsk === undefined) this.setState({ mayAsk: !wasNo() });
  }

  #askToNotify(): void {
    void Notification.requestPermission().then(() => this.setState({ mayAsk: false }));
    this.#composer?.focus();
  }

  readonly #noNotifications = (): void => {
    rememberNo();
    this.setState({ mayAsk: false });
    this.#composer?.focus();
  };

  #show(filter: Filter): void {
    const address = addressOf(filter);
    if (address !== location.pathname + location.search) history.pushState(null, '', address);
    this.#onAddress();
    this.setState({ isSideOpen: false });
    this.#composer?.focus();
  }

  readonly #onAddress = (): void => {
    this.props.chat.show(filterOf(location.search));
    this.#log?.toEnd();
  };

  #doing(by: HTMLElement) {
    return {
      chat: this.props.chat,
      show: (filter: Filter) => this.#show(filter),
      write: (text: string) => this.#composer?.append(text),
      problem: (what: string) => this.props.chat.note(what),
      choose: (subject: Subject) => this.#choose(subject, by),
    };
  }

  #choose(subject: Subject, by: HTMLElement, at?: MouseEvent): void {
    this.#open(subject.term, choicesFor(subject, this.#doing(by)), by, at);
  }

  #open(title: string, choices: ChoicesAt['choices'], by: HTMLElement, at?: MouseEvent): void {
    if (choices.length === 0) return;
    const { left, bottom } = by.getBoundingClientRect();
    const place = at === undefined ? { x: left, y: bottom } : { x: at.clientX, y: at.clientY + 4 };
    this.setState({ choices: { title, choices, by, ...place } });
  }

  readonly #onDrag = (event: DragEvent): void => {
    if (event.dataTransfer?.types.includes('Files') !== true) return;
    event.preventDefault();
    if (this.state.isDropping !== true) this.setState({ isDropping: true });
  };

  readonly #onDrop = (event: DragEvent): void => {
    event.preventDefault();
    const files = [...(event.dataTransfer?.files ?? [])];
    this.setState({ isDropping: false, ...(files.length > 0 && { files }) });
  };

  readonly #onVisibility = (): void => this.#drawing.onVisibility();

  readonly #onKey = (event: KeyboardEvent): void => {
    this.#drawing.key();
    if (event.key !== 'Escape' || event.defaultPrevented) return;
    if (this.state.isSideOpen === true) {
      // What has the focus in the column is no longer there.
      const isWithin = document.activeElement?.closest('#side') != null;
      this.setState({ isSideOpen: false });
      if (isWithin) document.querySelector<HTMLElement>('.side-button')?.focus();
    } else if (document.querySelector('dialog[open]') === null) {
      this.#log?.toEnd();
      this.#composer?.focus();
    }
  };
}
