interface Waiting {
  readonly position: number;
  readonly show: () => void;
}

/**
 * Shows messages and the user's own texts in the order of the log. A confirmation reaches the conversation through
 * promises, and so a little after a message that was read behind it. While an own text is under way, what is shown
 * therefore waits until everything that was read together is known.
 */
export class LogOrder {
  readonly #isUnderWay: () => boolean;
  #waiting: Waiting[] = [];

  /** `isUnderWay`: whether an own text may be confirmed. */
  constructor(isUnderWay: () => boolean) {
    this.#isUnderWay = isUnderWay;
  }

  /** Calls `show`, now or before the event loop turns again. Without a position it keeps its place. */
  add(position: number | undefined, show: () => void): void {
    if (this.#waiting.length === 0) {
      if (!this.#isUnderWay()) {
        show();
        return;
      }
      setImmediate(() => this.#flush());
    }
    this.#waiting.push({ position: position ?? this.#waiting.at(-1)?.position ?? 0, show });
  }

  #flush(): void {
    const waiting = this.#waiting.sort((a, b) => a.position - b.position);
    this.#waiting = [];
    for (const { show } of waiting) show();
  }
}
