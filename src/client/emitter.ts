type Listener<What> = (what: What) => void;

/** Listeners by event, typed: `Events` names what each event is told with. */
export class Emitter<Events> {
  readonly #listeners = new Map<keyof Events, readonly Listener<never>[]>();

  on<E extends keyof Events>(event: E, listener: Listener<Events[E]>): this {
    this.#listeners.set(event, [...this.#of(event), listener]);
    return this;
  }

  once<E extends keyof Events>(event: E, listener: Listener<Events[E]>): this {
    const first: Listener<Events[E]> = (what) => {
      this.off(event, first);
      listener(what);
    };
    return this.on(event, first);
  }

  off<E extends keyof Events>(event: E, listener: Listener<Events[E]>): this {
    this.#listeners.set(
      event,
      this.#of(event).filter((other) => other !== listener),
    );
    return this;
  }

  emit<E extends keyof Events>(event: E, what: Events[E]): void {
    for (const listener of this.#of(event)) {
      try {
        listener(what);
      } catch (error) {
        // A listener's bug is not the connection's: it ends the program, as anywhere else, but from outside.
        queueMicrotask(() => {
          throw error;
        });
      }
    }
  }

  #of<E extends keyof Events>(event: E): readonly Listener<Events[E]>[] {
    return (this.#listeners.get(event) ?? []) as readonly Listener<Events[E]>[];
  }
}
