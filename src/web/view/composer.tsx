import { Component, type ComponentChildren, createRef } from 'preact';
import { isTextTooLong } from '../../protocol/text.ts';
import type { Chat } from '../model/chat.ts';
import { Hearers } from './hearers.ts';
import { shownText } from './shown-text.ts';
import { sizeOf } from './times.ts';

interface ComposerProps {
  readonly chat: Chat;
  readonly version: number;
  onFiles(files: readonly File[]): void;
  onSaid(): void;
  /** Gets the component, which takes `focus` and `append`. */
  onMount(composer: Composer): void;
}

interface ComposerState {
  /** What is wrong with the text, or who will hear it. */
  readonly hint: string;
}

const tallestPixels = 200;

/** The field in which people type. It keeps its own text: what arrives meanwhile does not touch it. */
export class Composer extends Component<ComposerProps, ComposerState> {
  override state = { hint: '' };
  readonly #field = createRef<HTMLTextAreaElement>();
  readonly #files = createRef<HTMLInputElement>();
  /** How long the text was for which the field has its height. */
  #fitted = 0;
  readonly #hearers = new Hearers(this.props.chat, (hint) => this.setState({ hint }));

  override componentDidMount(): void {
    this.props.onMount(this);
    this.focus();
  }

  override componentWillUnmount(): void {
    this.#hearers.stop();
  }

  override render({ chat, onFiles }: ComposerProps, { hint }: ComposerState): ComponentChildren {
    const { filter } = chat;
    const to = filter.kind === 'with' ? `To ${filter.name} alone` : 'Message';
    return (
      <form class="composer" onSubmit={this.#send} aria-label="Write">
        <Waiting chat={chat} onBack={(text) => this.#putBack(text)} />
        <Transferring chat={chat} />
        <div class="field">
          <button
            type="button"
            class="attach"
            aria-label="Attach files"
            title="Attach files"
            onClick={() => this.#files.current?.click()}
          >
            +
          </button>
          <input
            ref={this.#files}
            type="file"
            class="unseen"
            tabIndex={-1}
            aria-label="Files to attach"
            multiple
            onChange={(event) => {
              onFiles([...(event.currentTarget.files ?? [])]);
              event.currentTarget.value = '';
            }}
          />
          <textarea
            ref={this.#field}
            rows={1}
            dir="auto"
            aria-label={to}
            aria-describedby="hint"
            placeholder={to}
            enterkeyhint="send"
            onKeyDown={this.#onKey}
            onInput={this.#onInput}
            onPaste={this.#onPaste}
          />
          <button type="submit" class="send">
            Send
          </button>
        </div>
        <p id="hint" class="hint" aria-live="polite" dir="auto">
          {hint === '' ? reachedText(chat) : hint}
        </p>
      </form>
    );
  }

  focus(): void {
    this.#field.current?.focus();
  }

  /** Types `text` at the end, for somebody who chose it. */
  append(text: string): void {
    const field = this.#field.current;
    if (field === null) return;
    field.value = field.value === '' ? text : `${field.value} ${text}`;
    this.focus();
    this.#onInput();
  }

  #putBack(text: string): void {
    const field = this.#field.current;
    if (field !== null && field.value === '') field.value = text;
    this.#onInput();
    this.focus();
  }

  readonly #send = (event?: Event): void => {
    event?.preventDefault();
    const field = this.#field.current;
    // A text is one line.
    const text = (field?.value ?? '').replaceAll(/[\r\n\u2028\u2029]+/gu, ' ').trim();
    if (field === null || text === '') return;
    const problem = problemOf(text);
    if (problem !== undefined) {
      // Who would hear the text may be on its way, and would take the place of the problem.
      this.#hearers.stop();
      this.setState({ hint: problem });
      return;
    }
    this.props.chat.say(text);
    field.value = '';
    this.#onInput();
    this.props.onSaid();
  };

  readonly #onKey = (event: KeyboardEvent): void => {
    // An input method uses Enter to choose.
    if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
    this.#send(event);
  };

  readonly #onInput = (): void => {
    const field = this.#field.current;
    if (field === null) return;
    this.#fit(field);
    if (field.value === '' && this.state.hint !== '') this.setState({ hint: '' });
    this.#hearers.typed(field.value);
  };

  /** Makes the field as high as its text. */
  #fit(field: HTMLTextAreaElement): void {
    const { length } = field.value;
    const isLonger = length > this.#fitted;
    this.#fitted = length;
    if (isLonger && field.scrollHeight <= field.clientHeight) return;
    // While it is measured the composer keeps its height: otherwise the timeline would be higher for a moment, and scroll.
    const form = field.form;
    if (form !== null) form.style.minHeight = `${form.offsetHeight}px`;
    field.style.height = 'auto';
    const borders = field.offsetHeight - field.clientHeight;
    if (field.scrollHeight > field.clientHeight)
      field.style.height = `${Math.min(tallestPixels, field.scrollHeight + borders)}px`;
    if (form !== null) form.style.minHeight = '';
  }

  readonly #onPaste = (event: ClipboardEvent): void => {
    const files = [...(event.clipboardData?.files ?? [])];
    if (files.length === 0) return;
    event.preventDefault();
    this.props.onFiles(files);
  };
}

const command =
  /^[!/](?:list|follow|unfollow|why|mute|unmute|msg|reached|history|search|attach|send|files|fetch|cancel|password|devices|stats|set|help|exit)\b/i;

function problemOf(text: string): string | undefined {
  if (command.test(text))
    return 'That is a command of the terminal. Here, click a word or a name, or use the list of what you follow.';
  if (/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/u.test(text)) return 'The text has control characters.';
  return isTextTooLong(text) ? 'The text is too long: 65,535 characters at most.' : undefined;
}

function reachedText({ lastReached, filter }: Chat): string {
  if (lastReached === undefined) return '';
  if (filter.kind === 'with') return lastReached > 0 ? 'delivered' : 'stored; delivered when they come back';
  if (lastReached === 0)
    return 'Your last line reached nobody online. Accounts that follow a word of it get it later.';
  return `Your last line reached ${lastReached} ${lastReached === 1 ? 'person' : 'people'}.`;
}

/** The lines that are not stored yet. */
function Waiting({ chat, onBack }: { readonly chat: Chat; onBack(text: string): void }): ComponentChildren {
  const lines = chat.sending.waiting;
  if (lines.length === 0) return null;
  return (
    <ul class="waiting" aria-label="Not sent yet">
      {lines.slice(0, 5).map((line) => (
        <li key={line.id} class={line.problem === undefined ? '' : 'refused'}>
          <span dir="auto" class="waiting-text">
            {shownText(line.text.slice(0, 200))}
          </span>
          {line.problem === undefined ? (
            <span class="quiet"> waits</span>
          ) : (
            <>
              <span> not sent: {shownText(line.problem)} </span>
              <button type="button" onClick={() => onBack(chat.sending.discard(line))}>
                Edit
              </button>
            </>
          )}
        </li>
      ))}
      {lines.length > 5 && <li class="quiet">and {lines.length - 5} more</li>}
    </ul>
  );
}

/** The files on their way. */
function Transferring({ chat }: { readonly chat: Chat }): ComponentChildren {
  if (chat.transfers.list.length === 0) return null;
  return (
    <ul class="transfers" aria-label="Files on their way">
      {chat.transfers.list.map(({ id, name, isUpload, bytes, doneBytes, problem, cancel }) => (
        <li key={id} class={problem === undefined ? '' : 'refused'}>
          <bdi class="file-name">{shownText(name)}</bdi>{' '}
          {problem === undefined ? (
            <>
              <progress
                max={Math.max(1, bytes)}
                value={doneBytes}
                aria-label={`${isUpload ? 'Sending' : 'Getting'} ${shownText(name)}`}
              />
              <span class="quiet">
                {' '}
                {sizeOf(doneBytes)} of {sizeOf(bytes)}{' '}
              </span>
              <button type="button" aria-label={`Cancel ${shownText(name)}`} onClick={cancel}>
                Cancel
              </button>
            </>
          ) : (
            <>
              <span>{shownText(problem)} </span>
              <button type="button" onClick={() => chat.transfers.forget(id)}>
                OK
              </button>
            </>
          )}
        </li>
      ))}
    </ul>
  );
}
