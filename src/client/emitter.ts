type Listener<What> = (what: What) => void;

interface Attached<What> {
  readonly listener: Listener<What>;
  readonly isOnce: boolean;
}

/** A typed event emitter: `Events` maps each event to its argument. */
export class Emitter<Events> {
  readonly #attached = new Map<keyof Events, readonly Attached<never>[]>();

  on<E extends keyof Events>(event: E, listener: Listener<Events[E]>): this {
    return this.#attach(event, { listener, isOnce: false });
  }

  once<E extends keyof Events>(event: E, listener: Listener<Events[E]>): this {
    return this.#attach(event, { listener, isOnce: true });
  }

  off<E extends keyof Events>(event: E, listener: Listener<Events[E]>): this {
    return this.#keep(event, (other) => other.listener !== listener);
  }

  emit<E extends keyof Events>(event: E, what: Events[E]): void {
    for (const attached of this.#of(event)) {
      if (attached.isOnce) this.#keep(event, (other) => other !== attached);
      try {
        attached.listener(what);
      } catch (error) {
        // A listener's bug must not break the connection: rethrown from a microtask, it is an uncaught exception.
        queueMicrotask(() => {
          throw error;
        });
      }
    }
  }

  #attach<E extends keyof Events>(event: E, attached: Attached<Events[E]>): this {
    this.#attached.set(event, [...this.#of(event), attached]);
    return this;
  }

  #keep<E extends keyof Events>(event: E, isKept: (attached: Attached<Events[E]>) => boolean): this {
    this.#attached.set(event, this.#of(event).filter(isKept));
    return this;
  }

  #of<E extends keyof Events>(event: E): readonly Attached<Events[E]>[] {
    return (this.#attached.get(event) ?? []) as readonly Attached<Events[E]>[];
  }
}

/** Resolves in a later task of the event loop, after all code that awaits an already settled promise. */
export function nextTask(): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, 0);
  });
}
