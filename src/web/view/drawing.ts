import type { Clock, Timer } from '../../scheduling/clock.ts';

/** What comes from others is drawn at most this often: nobody reads faster, and a draw is what keys wait for. */
export const arrivalsMs = 100;
/** So long after a key the next frame is that key's. */
const keyMs = 20;
/** Behind that frame a draw is in the way of no key, up to so long after the key: the next one may come then. */
const quietMs = 40;
/** Somebody whose last key is no longer ago is typing. */
const typingMs = 250;
/** So long at most, keys keep what comes from others waiting. */
const patienceMs = 60;
/** A hidden page has no frames, but a title. */
const hiddenMs = 250;

export interface DrawingOptions {
  readonly draw: () => void;
  readonly clock: Clock;
  readonly isVisible: () => boolean;
  /** Calls `action` with the next frame. Returns what cancels that. */
  readonly onFrame: (action: () => void) => () => void;
}

/**
 * Decides when what has changed is drawn. What somebody does here is drawn with the next frame. What comes from others waits
 * for its turn and for keys: so most frames have nothing to do, and one that shows a key has nothing else to do.
 */
export class Drawing {
  readonly #options: DrawingOptions;
  #planned: { readonly kind: 'own' | 'arrivals' | 'hidden'; readonly cancel: () => void } | undefined;
  #drawnMs = Number.NEGATIVE_INFINITY;
  #keyMs = Number.NEGATIVE_INFINITY;
  /** When what came from others may be drawn. */
  #dueMs = 0;

  constructor(options: DrawingOptions) {
    this.#options = options;
  }

  /** Something has changed: `mayWait` when it came from others. */
  changed(mayWait: boolean): void {
    const kind = this.#options.isVisible() ? (mayWait ? 'arrivals' : 'own') : 'hidden';
    const planned = this.#planned?.kind;
    if (planned === kind || (planned !== undefined && kind === 'arrivals')) return;
    this.#planned?.cancel();
    const nowMs = this.#options.clock.monotonicMs();
    if (kind === 'own') this.#plan(kind, this.#options.onFrame(this.#draw));
    else if (kind === 'hidden') this.#wait(kind, hiddenMs, this.#draw);
    else {
      this.#dueMs = Math.max(nowMs, this.#drawnMs + arrivalsMs);
      this.#wait(kind, this.#dueMs - nowMs, this.#atFrame);
    }
  }

  /** Somebody pressed a key. */
  key(): void {
    const nowMs = this.#options.clock.monotonicMs();
    this.#keyMs = nowMs;
    if (this.#planned?.kind !== 'arrivals' || nowMs < this.#dueMs) return;
    this.#planned.cancel();
    this.#wait('arrivals', Math.min(keyMs, this.#dueMs + patienceMs - nowMs), this.#atFrame);
  }

  /** The page was hidden, or is shown again. What waits there for a frame, or here for a slow timer, would wait for long. */
  onVisibility(): void {
    if (this.#planned !== undefined) this.changed(false);
  }

  stop(): void {
    this.#planned?.cancel();
    this.#planned = undefined;
  }

  readonly #atFrame = (): void => this.#plan('arrivals', this.#options.onFrame(this.#drawArrivals));

  readonly #drawArrivals = (): void => {
    const nowMs = this.#options.clock.monotonicMs();
    const sinceKeyMs = nowMs - this.#keyMs;
    const isQuiet = sinceKeyMs >= typingMs || (sinceKeyMs >= keyMs && sinceKeyMs < quietMs);
    const lastMs = this.#dueMs + patienceMs;
    if (isQuiet || nowMs >= lastMs) this.#draw();
    else if (sinceKeyMs < keyMs) this.#wait('arrivals', keyMs - sinceKeyMs, this.#atFrame);
    else this.#wait('arrivals', Math.min(lastMs - nowMs, typingMs - sinceKeyMs), this.#atFrame);
  };

  #wait(kind: 'arrivals' | 'hidden', ms: number, action: () => void): void {
    if (ms <= 0) {
      action();
      return;
    }
    const timer: Timer = this.#options.clock.after(ms, action);
    this.#plan(kind, () => timer.cancel());
  }

  #plan(kind: 'own' | 'arrivals' | 'hidden', cancel: () => void): void {
    this.#planned = { kind, cancel };
  }

  readonly #draw = (): void => {
    this.#planned = undefined;
    this.#drawnMs = this.#options.clock.monotonicMs();
    this.#options.draw();
  };
}
