import { Component, type ComponentChildren } from 'preact';
import type { ChatAttachment, Entry } from '../../client/client.ts';
import type { Row } from '../model/timeline.ts';
import { FileRow } from './file-row.tsx';
import type { PageActions, Subject } from './page-actions.ts';
import { isTall, shownText } from './shown-text.ts';
import { partsOf, wordAt } from './text-parts.ts';
import { clockOf, dayOf } from './times.ts';

/** Longer texts are cut until somebody asks for all. */
const shownCharacters = 2_000;

export interface RowProps {
  readonly row: Row;
  readonly me: string;
  readonly isCurrent: boolean;
  readonly actions: PageActions;
}

/** One row of the timeline. It is drawn again only when it is another one. */
export class TimelineRow extends Component<RowProps, { readonly isWhole: boolean }> {
  override state = { isWhole: false };

  override shouldComponentUpdate(next: RowProps, state: { readonly isWhole: boolean }): boolean {
    const { row, isCurrent } = this.props;
    return row !== next.row || isCurrent !== next.isCurrent || state.isWhole !== this.state.isWhole;
  }

  override render({ row, me, isCurrent, actions }: RowProps): ComponentChildren {
    switch (row.kind) {
      case 'day':
        return (
          <li class="line day" data-key={row.key}>
            <span>{dayOf(row.timeMs)}</span>
          </li>
        );
      case 'away':
        return (
          <li class="line away" data-key={row.key}>
            <span>while you were away</span>
          </li>
        );
      case 'note':
        return (
          <li class="note" data-key={row.key} dir="auto">
            {shownText(row.note.text)}
          </li>
        );
      case 'entry':
        return (
          <li
            class={classesOf(row.entry, row.isNewSpeaker, me)}
            data-key={row.key}
            tabIndex={isCurrent ? 0 : -1}
          >
            {this.#head(row.entry, row.isNewSpeaker, me, actions)}
            {row.entry.kind === 'message' ? (
              this.#text(row.entry, me, actions)
            ) : (
              <FileRow file={row.entry as ChatAttachment} actions={actions} />
            )}
          </li>
        );
    }
  }

  #head(entry: Entry, isNewSpeaker: boolean, me: string, actions: PageActions): ComponentChildren {
    const { from, to, timeMs, isOwn } = entry;
    const choose = (event: MouseEvent): void =>
      actions.choose({ term: `@${from}`, name: from }, event.currentTarget as HTMLElement);
    const clock = (
      <time class="clock" dateTime={new Date(timeMs).toISOString()}>
        {clockOf(timeMs)}
      </time>
    );
    if (!isNewSpeaker)
      return (
        <span class="head again">
          <span class="unseen">{isOwn ? 'you' : from}</span>
          {clock}
        </span>
      );
    return (
      <span class="head">
        <button type="button" class="name" tabIndex={-1} onClick={choose}>
          {isOwn ? 'you' : from}
        </button>
        {to !== undefined && <span class="private"> to {to === me ? 'you' : to} alone</span>}
        {clock}
      </span>
    );
  }

  #text(entry: Entry & { readonly kind: 'message' }, me: string, actions: PageActions): ComponentChildren {
    const { text, matched } = entry;
    const isLong = text.length > shownCharacters && !this.state.isWhole;
    const shown = isLong ? text.slice(0, shownCharacters) : text;
    const choose = (event: MouseEvent): void => {
      const word = wordUnder(event);
      if (word !== undefined) actions.choose(subjectOf(word), event.currentTarget as HTMLElement, event);
    };
    return (
      // biome-ignore lint/a11y/useKeyWithClickEvents: Enter on the row offers its words
      // biome-ignore lint/a11y/noStaticElementInteractions: as above
      <span class={isTall(shown) ? 'text tall' : 'text'} dir="auto" onClick={choose}>
        {partsOf(shown, [...matched, `@${me}`, ...actions.searched()]).map((part) =>
          part.isLink === true ? (
            <a href={part.text} target="_blank" rel="noopener noreferrer nofollow">
              {shownText(part.text)}
            </a>
          ) : part.isMarked === true ? (
            <mark>{shownText(part.text)}</mark>
          ) : part.isName === true ? (
            <bdi>{shownText(part.text)}</bdi>
          ) : (
            shownText(part.text)
          ),
        )}
        {isLong && (
          <button type="button" class="more" onClick={() => this.setState({ isWhole: true })}>
            show all {text.length.toLocaleString()} characters
          </button>
        )}
      </span>
    );
  }
}

function classesOf({ isOwn, to, matched }: Entry, isNewSpeaker: boolean, me: string): string {
  const classes = ['entry'];
  if (isNewSpeaker) classes.push('first');
  if (isOwn) classes.push('own');
  if (to !== undefined) classes.push('alone');
  if (matched.includes(`@${me}`)) classes.push('meant');
  return classes.join(' ');
}

const subjectOf = (word: string): Subject =>
  word.startsWith('@') && word.length > 1 ? { term: word, name: word.slice(1) } : { term: word };

/** The word at the pointer; undefined when there is none, or somebody selects text. */
function wordUnder(event: MouseEvent): string | undefined {
  if (event.target instanceof Element && event.target.closest('a, button') !== null) return undefined;
  if (String(document.getSelection()) !== '') return undefined;
  const place = placeAt(event.clientX, event.clientY);
  return place?.node.nodeType === Node.TEXT_NODE
    ? wordAt(place.node.textContent ?? '', place.offset)
    : undefined;
}

function placeAt(x: number, y: number): { readonly node: Node; readonly offset: number } | undefined {
  if ('caretPositionFromPoint' in document) {
    const position = document.caretPositionFromPoint(x, y);
    return position === null ? undefined : { node: position.offsetNode, offset: position.offset };
  }
  const range = (document as Document).caretRangeFromPoint(x, y);
  return range === null ? undefined : { node: range.startContainer, offset: range.startOffset };
}
