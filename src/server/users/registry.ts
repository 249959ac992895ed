/**
 * Who has which name, who is online (presence), and on which node. A server that runs alone answers from memory
 * (`LocalRegistry`); several nodes would ask a store that they share. So every question is asynchronous, and an answer
 * may be out of date by the time it arrives: only a claim is binding.
 */
export interface Registry {
  /** Claims `name` for one guest, or for the creation of an account. Undefined when a guest or an account has it. */
  claim(name: string): Promise<Claim | undefined>;
  find(name: string): Promise<NameHolder>;
  /** Resolves with the names of users, online or not, and accounts that are equal to `name` apart from case. */
  namesLike(name: string): Promise<readonly string[]>;
  /**
   * Returns the names that are online, in the order in which guests claimed them and accounts came online; the same
   * array until somebody comes or goes.
   */
  online(): Promise<readonly string[]>;
  /** Counts one more connection of `name` on this node, until a call of `disconnect`. */
  connect(name: string): void;
  disconnect(name: string): void;
}

/** Keeps a name from everybody else. */
export interface Claim {
  /** Idempotent. */
  release(): void;
}

export interface NameHolder {
  readonly kind: 'nobody' | 'guest' | 'account';
  /** The nodes on which they are online; none for a guest whose place is kept, or an account that is offline. */
  readonly nodes: readonly string[];
}
