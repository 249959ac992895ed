import type { Entry } from '../../client/client.ts';

const maxPartners = 30;

/** The people with whom there were private messages, the last ones first. */
export class Partners {
  #names: readonly string[] = [];

  get names(): readonly string[] {
    return this.#names;
  }

  take({ from, to, isOwn }: Entry): void {
    const name = isOwn ? to : from;
    if (to === undefined || name === undefined || this.#names[0] === name) return;
    this.#names = [name, ...this.#names.filter((other) => other !== name)].slice(0, maxPartners);
  }
}
