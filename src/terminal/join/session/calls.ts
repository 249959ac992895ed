import type { ChatAttachment, ChatMessage } from '../../../client/client.ts';
import type { Clock } from '../../../scheduling/clock.ts';
import { entryLine } from '../../entry-line.ts';
import { plainTextOf } from '../../line.ts';
import type { Screen } from '../../screen.ts';
import type { SettingValues } from './settings.ts';

/** The time between two bells, or two notices of the desktop. */
const pauseMs = 5_000;
/** The same after `maxUnheard` of them to which the user did nothing, so that nobody makes a terminal ring all day. */
const longPauseMs = 60_000;
const maxUnheard = 5;

export interface CallsOptions {
  readonly name: string;
  readonly screen: Screen;
  /** What is in force now. */
  readonly settings: { readonly values: SettingValues };
  readonly clock: Clock;
}

/** Calls the user by bell, title and desktop notice, for messages to them and messages that name them. */
export class Calls {
  readonly #options: CallsOptions;
  #unseen = 0;
  #unheard = 0;
  #lastMs = -Infinity;

  constructor(options: CallsOptions) {
    this.#options = options;
  }

  /** `entry` was shown. */
  onShown(entry: ChatMessage | ChatAttachment): void {
    const { name, screen, settings, clock } = this.#options;
    if (entry.isOwn || !(entry.to !== undefined || entry.matched.includes(`@${name}`))) return;
    if (screen.isFocused === true) return;
    this.#unseen += 1;
    this.#showTitle();
    const nowMs = clock.monotonicMs();
    if (nowMs - this.#lastMs < (this.#unheard < maxUnheard ? pauseMs : longPauseMs)) return;
    this.#lastMs = nowMs;
    this.#unheard += 1;
    if (settings.values.bell) screen.attention?.({ bell: true });
    if (settings.values.notify) {
      screen.attention?.({ notice: plainTextOf(entryLine(entry, { reader: name })) });
    }
  }

  /** The user is there: they entered a line, or the window got the focus. */
  onSeen(): void {
    this.#unheard = 0;
    if (this.#unseen === 0) return;
    this.#unseen = 0;
    this.#showTitle();
  }

  /** The setting of the title changed. */
  refresh(): void {
    this.#showTitle();
  }

  #showTitle(): void {
    const { name, screen, settings } = this.#options;
    const isShown = this.#unseen > 0 && settings.values.title;
    screen.attention?.({ title: isShown ? `(${this.#unseen}) ${name} - earshot` : '' });
  }
}
