import { Component, type ComponentChildren, createRef } from 'preact';
import { shownText } from './shown-text.ts';

export interface Choice {
  readonly label: string;
  run(): void;
}

export interface ChoicesAt {
  readonly title: string;
  readonly choices: readonly Choice[];
  readonly x: number;
  readonly y: number;
  /** Gets the focus back. */
  readonly by: HTMLElement;
}

interface ChoicesProps {
  readonly at: ChoicesAt;
  onClose(): void;
}

const margin = 8;

/** A menu of what can be done with a word or a person: arrows, Home, End, Enter, Escape. */
export class Choices extends Component<ChoicesProps> {
  readonly #menu = createRef<HTMLDivElement>();

  override componentDidMount(): void {
    this.#place();
    document.addEventListener('pointerdown', this.#onOutside);
  }

  override componentDidUpdate(before: ChoicesProps): void {
    if (before.at !== this.props.at) this.#place();
  }

  override componentWillUnmount(): void {
    document.removeEventListener('pointerdown', this.#onOutside);
  }

  override render({ at }: ChoicesProps): ComponentChildren {
    return (
      <div
        class="choices"
        ref={this.#menu}
        role="menu"
        tabIndex={-1}
        aria-label={shownText(at.title)}
        onKeyDown={this.#onKey}
      >
        <div class="choices-title" role="presentation" dir="auto">
          {shownText(at.title)}
        </div>
        {at.choices.map((choice) => (
          <button
            key={choice.label}
            type="button"
            role="menuitem"
            tabIndex={-1}
            onClick={() => {
              this.#close();
              choice.run();
            }}
          >
            {shownText(choice.label)}
          </button>
        ))}
      </div>
    );
  }

  #place(): void {
    const menu = this.#menu.current;
    if (menu === null) return;
    const { x, y } = this.props.at;
    const { width, height } = menu.getBoundingClientRect();
    menu.style.left = `${Math.max(margin, Math.min(x, innerWidth - width - margin))}px`;
    menu.style.top = `${Math.max(margin, Math.min(y, innerHeight - height - margin))}px`;
    this.#items[0]?.focus();
  }

  get #items(): readonly HTMLElement[] {
    return [...(this.#menu.current?.querySelectorAll<HTMLElement>('[role=menuitem]') ?? [])];
  }

  readonly #onKey = (event: KeyboardEvent): void => {
    const items = this.#items;
    const at = items.indexOf(document.activeElement as HTMLElement);
    const next: Readonly<Record<string, number>> = {
      ArrowDown: (at + 1) % items.length,
      ArrowUp: (at - 1 + items.length) % items.length,
      Home: 0,
      End: items.length - 1,
    };
    const to = next[event.key];
    if (to !== undefined) items[to]?.focus();
    else if (event.key === 'Escape' || event.key === 'Tab') this.#close();
    else return;
    event.preventDefault();
    event.stopPropagation();
  };

  readonly #onOutside = (event: PointerEvent): void => {
    if (event.target instanceof Node && this.#menu.current?.contains(event.target) === true) return;
    this.props.onClose();
  };

  #close(): void {
    this.props.onClose();
    if (this.props.at.by.isConnected) this.props.at.by.focus();
  }
}
