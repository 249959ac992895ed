import type { Audience } from '../../client/client.ts';
import { RefusedError } from '../../client/errors.ts';
import type { Chat } from '../model/chat.ts';
import { shownText } from './shown-text.ts';

/** How long nobody types before it is asked who would hear a text. */
const pauseMs = 400;
/** Longer texts reach whom they reach. */
const maxCharacters = 2_000;

/** Says who would hear what is being typed. */
export class Hearers {
  readonly #chat: Chat;
  readonly #show: (hint: string) => void;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #text = '';
  /** The server is older than the request. */
  #isUnknown = false;

  /** `show` gets the words for people, empty ones when nothing is known. */
  constructor(chat: Chat, show: (hint: string) => void) {
    this.#chat = chat;
    this.#show = show;
  }

  /** Call it whenever the text has changed. */
  typed(text: string): void {
    clearTimeout(this.#timer);
    this.#text = text.trim();
    if (this.#text === '' || this.#text.length > maxCharacters || this.#chat.filter.kind === 'with') return;
    this.#timer = setTimeout(() => void this.#ask(this.#text), pauseMs);
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#text = '';
  }

  async #ask(text: string): Promise<void> {
    const { client } = this.#chat;
    if (this.#isUnknown || client?.state !== 'online') return;
    try {
      const audience = await client.audience(text);
      if (text === this.#text) this.#show(hintOf(audience));
    } catch (error) {
      this.#isUnknown = error instanceof RefusedError && error.code === 400;
    }
  }
}

function hintOf({ people, isFew, terms }: Audience): string {
  const words = terms.map(shownText).join(', ');
  if (people > 0)
    return words === '' ? `${people} people online hear this` : `${people} people online hear this: ${words}`;
  if (isFew) return 'A few people online hear this';
  return words === '' ? 'Nobody online hears this' : `Nobody online hears this; people follow ${words}`;
}
