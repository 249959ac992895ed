import type { Clock, Timer } from '../../scheduling/clock.ts';

/** What comes from others is drawn at most this often: nobody reads faster, and a draw is what keys wait for. */
export const arrivalsMs = 100;
/** So long after a key the next frame is that key's. */
const keyMs = 20;
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

  constructor(options: DrawingOptions) {
    this.#options = options;
  }

  /** Something has changed: `mayWait` when it came from others. */
  changed(mayWait: boolean): void {
    const kind = this.#options.isVisible() ? (mayWait ? 'arrivals' : 'own') : 'hidden';
    const planned = this.#planned?.kind;
    if (planned === kind || (planned !== undefined && kind === 'arrivals')) return;
    this.#planned?.cancel();
    const { clock } = this.#options;
    if (kind === 'own') this.#plan(kind, this.#options.onFrame(this.#draw));
    else if (kind === 'hidden') this.#wait(kind, hiddenMs, this.#draw);
    else this.#drawArrivals(Math.max(clock.monotonicMs(), this.#drawnMs + arrivalsMs));
  }

  /** Somebody pressed a key. */
  key(): void {
    this.#keyMs = this.#options.clock.monotonicMs();
  }

  stop(): void {
    this.#planned?.cancel();
    this.#planned = undefined;
  }

  #drawArrivals(dueMs: number): void {
    const { clock, onFrame } = this.#options;
    const draw = (): void => {
      const nowMs = clock.monotonicMs();
      const keyEndMs = this.#keyMs + keyMs;
      if (nowMs >= keyEndMs || nowMs >= dueMs + patienceMs) this.#draw();
      else this.#wait('arrivals', keyEndMs - nowMs, atFrame);
    };
    const atFrame = (): void => this.#plan('arrivals', onFrame(draw));
    const waitMs = dueMs - clock.monotonicMs();
    if (waitMs > 0) this.#wait('arrivals', waitMs, atFrame);
    else atFrame();
  }

  #wait(kind: 'arrivals' | 'hidden', ms: number, action: () => void): void {
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
