import type { Limits } from '../../protocol/limits.ts';
import { addressGroup } from '../../transport/address-group.ts';
import type { Connection } from '../../transport/connection.ts';

type Kind = 'loopback' | 'others';

interface Counted {
  readonly address: string;
  readonly kind: Kind;
}

/**
 * Limits the open connections: in all, for each address (an IPv6 /64 counts as one), and those of strangers, on which
 * nobody is logged in. With too many strangers one is dropped: the oldest of the address that has the most, so that a
 * flood of strangers displaces its own address first.
 */
export class ConnectionLimiter {
  readonly #limits: Limits;
  readonly #perAddress = new Map<string, number>();
  /** By address, each in the order in which they came. */
  readonly #strangers = new Map<string, Set<Connection>>();
  readonly #counts = { loopback: { open: 0, strangers: 0 }, others: { open: 0, strangers: 0 } };
  /** All counted connections, as they came: a closed socket no longer reveals it, and a peer over UDP may move. */
  readonly #open = new Map<Connection, Counted>();

  readonly #maxOpen: number;

  /** `maxOpen`: how many connections the system has descriptors for, whatever the limits say. */
  constructor(limits: Limits, maxOpen = Number.POSITIVE_INFINITY) {
    this.#limits = limits;
    this.#maxOpen = maxOpen;
  }

  /** Counts a connection and returns `in`; otherwise returns why it is refused. Each counted one must `leave`. */
  enter(connection: Connection): 'in' | 'full' | 'too-many-from-address' {
    const kind = kindOf(connection);
    if (this.#open.size >= this.#maxOpen) return 'full';
    if (this.#counts[kind].open >= this.#limits.connections * this.#factor(kind)) return 'full';
    const address = addressGroup(connection.remoteAddress);
    const fromAddress = this.#perAddress.get(address) ?? 0;
    if (fromAddress >= connectionsFrom(connection, this.#limits)) return 'too-many-from-address';
    this.#counts[kind].open++;
    this.#open.set(connection, { address, kind });
    this.#perAddress.set(address, fromAddress + 1);
    this.stranger(connection);
    return 'in';
  }

  /** A user has logged in on the connection. */
  registered(connection: Connection): void {
    const counted = this.#open.get(connection);
    const strangers = counted && this.#strangers.get(counted.address);
    if (counted === undefined || strangers?.delete(connection) !== true) return;
    this.#counts[counted.kind].strangers--;
    if (strangers.size === 0) this.#strangers.delete(counted.address);
  }

  /** Nobody is logged in on the connection, yet or any more. */
  stranger(connection: Connection): void {
    const counted = this.#open.get(connection);
    if (counted === undefined) return;
    const { address, kind } = counted;
    const strangers = this.#strangers.get(address) ?? new Set();
    if (strangers.has(connection)) return;
    this.#strangers.set(address, strangers.add(connection));
    this.#counts[kind].strangers++;
    const most = this.#limits.unregisteredConnections * this.#factor(kind);
    if (this.#counts[kind].strangers > most) this.#dropStranger(kind);
  }

  leave(connection: Connection): void {
    const counted = this.#open.get(connection);
    if (counted === undefined) return;
    const { address, kind } = counted;
    this.registered(connection);
    this.#open.delete(connection);
    this.#counts[kind].open--;
    const left = (this.#perAddress.get(address) ?? 0) - 1;
    if (left > 0) this.#perAddress.set(address, left);
    else this.#perAddress.delete(address);
  }

  /** This machine may have more connections: tunnels and proxies end here. */
  #factor(kind: Kind): number {
    return kind === 'loopback' && this.#limits.limitLoopback === 0 ? this.#limits.loopbackFactor : 1;
  }

  #dropStranger(kind: Kind): void {
    let most: Connection | undefined;
    let maxCount = 0;
    for (const strangers of this.#strangers.values()) {
      const [oldest] = strangers;
      if (oldest === undefined || this.#open.get(oldest)?.kind !== kind || strangers.size <= maxCount)
        continue;
      most = oldest;
      maxCount = strangers.size;
    }
    if (most === undefined) return;
    this.registered(most);
    most.destroy();
  }
}

/** How many connections may be open with an address. */
export function connectionsFrom({ isLoopback }: Pick<Connection, 'isLoopback'>, limits: Limits): number {
  return isLoopback && limits.limitLoopback === 0 ? Infinity : limits.connectionsPerAddress;
}

function kindOf({ isLoopback }: Connection): Kind {
  return isLoopback ? 'loopback' : 'others';
}
