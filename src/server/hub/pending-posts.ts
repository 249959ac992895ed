import type { Ticket } from '../log/bus.ts';

/** The posters of this process who wait for the outcome of a post, by ticket. */
export class PendingPosts<Poster> {
  readonly #posters = new Map<Ticket, Poster>();
  #lastTicket = 0;

  add(poster: Poster): Ticket {
    this.#posters.set(++this.#lastTicket, poster);
    return this.#lastTicket;
  }

  /** Returns the poster once; undefined for a message from elsewhere. */
  take(ticket: Ticket | undefined): Poster | undefined {
    if (ticket === undefined) return undefined;
    const poster = this.#posters.get(ticket);
    this.#posters.delete(ticket);
    return poster;
  }
}
