import type { Limits } from '../../protocol/limits.ts';
import type { Connection } from '../../transport/connection.ts';

/**
 * Who may come in: so many connections in all, so many from one address, so many that have not said who they
 * are. Of those last the oldest has to go when there are too many, so a crowd of silent strangers cannot keep
 * anybody out. Peers on this machine are not counted unless the limits say so.
 */
export class Admission {
  readonly #limits: Limits;
  readonly #perAddress = new Map<string, number>();
  readonly #strangers = new Set<Connection>();
  #open = 0;

  constructor(limits: Limits) {
    this.#limits = limits;
  }

  /** Counts a connection in; or says why it may not come. Every one that came in must `leave`. */
  enter(connection: Connection): 'in' | 'full' | 'too-many-from-address' {
    if (this.#isExempt(connection)) return 'in';
    if (this.#open >= this.#limits.connections) return 'full';
    const fromAddress = this.#perAddress.get(connection.remoteAddress) ?? 0;
    if (fromAddress >= this.#limits.connectionsPerAddress) return 'too-many-from-address';
    this.#open++;
    this.#perAddress.set(connection.remoteAddress, fromAddress + 1);
    this.#strangers.add(connection);
    if (this.#strangers.size > this.#limits.unregisteredConnections) this.#dropOldestStranger();
    return 'in';
  }

  /** The connection has said who it is. */
  registered(connection: Connection): void {
    this.#strangers.delete(connection);
  }

  leave(connection: Connection): void {
    if (this.#isExempt(connection)) return;
    this.#open--;
    this.#strangers.delete(connection);
    const left = (this.#perAddress.get(connection.remoteAddress) ?? 0) - 1;
    if (left > 0) this.#perAddress.set(connection.remoteAddress, left);
    else this.#perAddress.delete(connection.remoteAddress);
  }

  #isExempt(connection: Connection): boolean {
    return connection.isLoopback && this.#limits.limitLoopback === 0;
  }

  #dropOldestStranger(): void {
    const [oldest] = this.#strangers;
    if (oldest === undefined) return;
    this.#strangers.delete(oldest);
    oldest.destroy();
  }
}
