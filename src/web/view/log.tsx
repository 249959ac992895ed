import { Component, type ComponentChildren, createRef } from 'preact';
import type { Chat } from '../model/chat.ts';
import type { Row } from '../model/timeline.ts';
import { Empty } from './empty.tsx';
import { TimelineRow } from './entry-row.tsx';
import { hasKeyboard } from './focus.ts';
import { Heights } from './heights.ts';
import type { PageActions } from './page-actions.ts';

/** Drawn above and below what is visible, in CSS pixels. */
const overscan = 600;
/** Closer to the end than this counts as at the end. */
const endPixels = 8;
/** Closer to the beginning than this, older lines are read. */
const beginningPixels = 400;

interface LogProps {
  readonly chat: Chat;
  /** Changes with each change of the chat. */
  readonly version: number;
  readonly actions: PageActions;
  /** Offers what can be done with the row at which somebody pressed Enter. */
  onRow(row: Row, element: HTMLElement): void;
  /** Gets the component, which takes `toEnd`. A `ref` would be one more property to Preact. */
  onMount(log: Log): void;
}

/** Where a row stands on the screen, to keep it there. */
interface Anchor {
  readonly key: string;
  readonly at: number;
  readonly offset: number;
}

/** The timeline. Only the rows around those that are visible are drawn, however many there are. */
export class Log extends Component<LogProps> {
  readonly #heights = new Heights();
  readonly #scroller = createRef<HTMLDivElement>();
  readonly #list = createRef<HTMLOListElement>();
  #rows: readonly Row[] = [];
  #isAtEnd = true;
  /** Where what is visible began and ended. */
  #last = { top: 0, bottom: 0 };
  #anchor: Anchor | undefined;
  /** The rows that are drawn, and how many there were then. */
  #window = { from: 0, to: 0, of: 0 };
  /** The row that the keyboard is at. */
  #current: string | undefined;
  #width = 0;
  /** Of what is visible, in CSS pixels. Reading it from the page would make the browser lay out what is drawn just then. */
  #height = 600;
  #resizes: ResizeObserver | undefined;

  override componentDidMount(): void {
    this.props.onMount(this);
    this.#resizes = new ResizeObserver(() => {
      const { clientWidth = 0, clientHeight = 0 } = this.#scroller.current ?? {};
      if (clientWidth !== this.#width) this.#heights.forget();
      this.#width = clientWidth;
      this.#height = clientHeight;
      this.forceUpdate();
    });
    if (this.#scroller.current !== null) this.#resizes.observe(this.#scroller.current);
    document.addEventListener('visibilitychange', this.#attend);
    this.#settle();
  }

  override componentWillUnmount(): void {
    this.#resizes?.disconnect();
    document.removeEventListener('visibilitychange', this.#attend);
  }

  override getSnapshotBeforeUpdate(): boolean {
    return hasKeyboard() && this.#list.current?.contains(document.activeElement) === true;
  }

  override componentDidUpdate(_: LogProps, __: object, hadFocus: boolean): void {
    this.#settle();
    // The row that had it is muted, or is not drawn any more.
    if (hadFocus && document.activeElement === document.body)
      this.#list.current?.querySelector<HTMLElement>('li[tabindex="0"]')?.focus({ preventScroll: true });
  }

  override render({ chat, actions }: LogProps): ComponentChildren {
    const { rows } = chat.timeline;
    if (rows !== this.#rows) this.#follow(rows);
    this.#heights.follow(rows);
    const height = this.#height;
    const total = this.#heights.total;
    const top = this.#isAtEnd ? Math.max(0, total - height) : this.#topOfAnchor();
    const from = Math.max(0, this.#heights.at(top - overscan));
    const to = Math.min(rows.length, this.#heights.at(top + height + overscan) + 1);
    this.#window = { from, to, of: rows.length };
    const shown = rows.slice(from, to);
    const isCurrentShown = shown.some(({ key }) => key === this.#current);
    const current = isCurrentShown ? this.#current : shown.findLast(({ kind }) => kind === 'entry')?.key;
    const space = { paddingTop: this.#heights.top(from), paddingBottom: total - this.#heights.top(to) };
    return (
      <>
        {/* biome-ignore lint/a11y/noStaticElementInteractions: the keys are those of the rows in it */}
        <div class="log" ref={this.#scroller} onScroll={this.#onScroll} onKeyDown={this.#onKey} tabIndex={-1}>
          {rows.length === 0 ? (
            <Empty chat={chat} />
          ) : (
            <ol ref={this.#list} style={space} aria-label="Messages">
              {shown.map((row) => (
                <TimelineRow
                  key={row.key}
                  row={row}
                  me={chat.name}
                  isCurrent={row.key === current}
                  actions={actions}
                />
              ))}
            </ol>
          )}
        </div>
        {!this.#isAtEnd && (
          <button type="button" class="to-end" onClick={() => this.toEnd()}>
            ↓ newest{chat.unread.total > 0 ? ` (${chat.unread.total})` : ''}
          </button>
        )}
      </>
    );
  }

  /** Shows the newest lines. */
  toEnd(): void {
    this.#isAtEnd = true;
    this.forceUpdate();
  }

  /** The rows are others: finds the row that must stay where it is. */
  #follow(rows: readonly Row[]): void {
    this.#rows = rows;
    const { key } = this.#anchor ?? {};
    if (key === undefined || this.#isAtEnd) return;
    const at = rows.findIndex((row) => row.key === key);
    if (at < 0) {
      this.#anchor = undefined;
      this.#isAtEnd = true;
    } else if (this.#anchor !== undefined) this.#anchor = { ...this.#anchor, at };
  }

  /** Measures what was drawn, and keeps the end, or the anchor, where it was. */
  #settle(): void {
    const scroller = this.#scroller.current;
    const list = this.#list.current;
    if (scroller === null) return;
    const before = this.#heights.total;
    let at = this.#window.from;
    for (const element of list?.children ?? []) {
      this.#heights.measured(at, element.getBoundingClientRect().height);
      at++;
    }
    const isOther = Math.abs(this.#heights.total - before) > 0.5;
    if (isOther && list !== null) {
      list.style.paddingTop = `${this.#heights.top(this.#window.from)}px`;
      list.style.paddingBottom = `${this.#heights.total - this.#heights.top(this.#window.to)}px`;
    }
    if (this.#isAtEnd) {
      if (scroller.scrollTop + scroller.clientHeight < scroller.scrollHeight - 1)
        scroller.scrollTop = scroller.scrollHeight;
    } else if (this.#anchor !== undefined) {
      const wanted = this.#topOfAnchor();
      if (Math.abs(wanted - scroller.scrollTop) > 1) scroller.scrollTop = wanted;
    }
    const { scrollTop } = scroller;
    this.#last = { top: scrollTop, bottom: scrollTop + scroller.clientHeight };
    this.#fill(scroller);
    this.#attend();
  }

  /** Where what is visible begins, for the anchor to stay where it was. */
  #topOfAnchor(): number {
    return this.#anchor === undefined
      ? this.#last.top
      : this.#heights.top(this.#anchor.at) - this.#anchor.offset;
  }

  /** Draws again when rows turned out lower than guessed, so that some of what is visible is not drawn. */
  #fill(scroller: HTMLElement): void {
    const { from, to } = this.#window;
    const top = scroller.scrollTop;
    const isShort =
      this.#heights.top(to) < Math.min(top + scroller.clientHeight, this.#heights.total) ||
      (from > 0 && this.#heights.top(from) > top);
    if (isShort) requestAnimationFrame(() => this.forceUpdate());
    if (top < beginningPixels) void this.props.chat.readOlder();
  }

  readonly #onScroll = (): void => {
    const scroller = this.#scroller.current;
    if (scroller === null) return;
    const { scrollTop, clientHeight, scrollHeight } = scroller;
    const wasAtEnd = this.#isAtEnd;
    const bottom = scrollTop + clientHeight;
    // While lines arrive the end moves away: only who scrolls up leaves it. A change of the height moves one of the two.
    const isUpwards = scrollTop < this.#last.top - 1 && bottom < this.#last.bottom - 1;
    this.#last = { top: scrollTop, bottom };
    this.#isAtEnd = bottom >= scrollHeight - endPixels || (wasAtEnd && !isUpwards);
    const at = this.#heights.at(scrollTop);
    const key = this.#rows[at]?.key;
    this.#anchor = key === undefined ? undefined : { key, at, offset: this.#heights.top(at) - scrollTop };
    const { from, to, of } = this.#window;
    // What came since is drawn with the next frame.
    const isCovered =
      (from === 0 || this.#heights.top(from) < scrollTop - overscan / 2) &&
      (to === of || this.#heights.top(to) > bottom + overscan / 2);
    if (isCovered && wasAtEnd === this.#isAtEnd) this.#fill(scroller);
    else this.forceUpdate();
    this.#attend();
  };

  readonly #attend = (): void => {
    this.props.chat.attend(this.#isAtEnd && document.visibilityState === 'visible');
  };

  readonly #onKey = (event: KeyboardEvent): void => {
    const focused = document.activeElement?.closest<HTMLElement>('li[data-key]');
    if (focused === null || focused === undefined || event.target !== focused) return;
    // Scrolling alone would take the row that has the focus away.
    const step = { ArrowUp: -1, ArrowDown: 1, PageUp: -10, PageDown: 10, Home: -1_000 }[event.key];
    if (step !== undefined) {
      event.preventDefault();
      this.#move(focused, step);
    } else if (event.key === 'End') {
      event.preventDefault();
      this.toEnd();
    } else if (event.key === 'Enter') {
      // Otherwise the key also chooses the first of what is offered.
      event.preventDefault();
      const row = this.#rows.find(({ key }) => key === focused.dataset.key);
      if (row !== undefined) this.props.onRow(row, focused);
    }
  };

  /** Goes so many messages on, as far as they are drawn. */
  #move(focused: HTMLElement, steps: number): void {
    let found: HTMLElement | undefined;
    let next: Element | null = focused;
    for (let left = Math.abs(steps); left > 0; left--) {
      do next = steps < 0 ? next.previousElementSibling : next.nextElementSibling;
      while (next !== null && !next.classList.contains('entry'));
      if (!(next instanceof HTMLElement)) break;
      found = next;
    }
    if (found === undefined) return;
    this.#current = found.dataset.key;
    this.forceUpdate(() => found.focus());
  }
}
