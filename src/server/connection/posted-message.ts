import type { Poster } from '../hub/fan-out.ts';
import type { Device } from '../hub/user.ts';
import type { Draft, Entry } from '../messages/entry.ts';
import type { Peer } from './peer.ts';
import type { Post } from './post-queue.ts';

/**
 * Why a message was not stored and never will be. `too-fast`: over the rate of its user or connection. `busy`: too much
 * waits for the disk.
 */
export type NotPosted = 'too-fast' | 'busy' | 'full' | 'closed';

/** The outcome of a posted message: exactly one of these is called, in the order of the posts. */
export interface PostOutcome {
  /** It is stored at `position`, and was delivered to `reached` others who are online. */
  onPosted(reached: number, position: number): void;
  onNotPosted(reason: NotPosted): void;
}

/** The device that posts a message. */
export interface PostingDevice extends Device {
  readonly peer: Peer;
  readonly address: string;
  readonly isLoopback: boolean;
  /** Counts a message that was not stored, and tells it. */
  notPosted(reason: NotPosted, outcome: PostOutcome): void;
}

/** A message of a device, from its post to its outcome: it waits for the log, and gives back what it took of the budgets. */
export class PostedMessage implements Post, Poster {
  readonly device: PostingDevice;
  readonly bytes: number;
  readonly #draft: Draft;
  readonly #outcome: PostOutcome;

  constructor(device: PostingDevice, draft: Draft, bytes: number, outcome: PostOutcome) {
    this.device = device;
    this.bytes = bytes;
    this.#draft = draft;
    this.#outcome = outcome;
  }

  get sender(): string {
    return this.#draft.sender;
  }

  get address(): string {
    return this.device.address;
  }

  get isLoopback(): boolean {
    return this.device.isLoopback;
  }

  run(): void {
    this.device.peer.services.hub.post(this.#draft, this);
  }

  onPosted({ position }: Entry, reached: number): void {
    this.#leave();
    this.#outcome.onPosted(reached, position);
  }

  onNotPosted(reason: NotPosted): void {
    this.#leave();
    this.device.notPosted(reason, this.#outcome);
  }

  #leave(): void {
    const { inFlight, services } = this.device.peer;
    inFlight.leave(this.bytes);
    services.posts.finished(this.bytes);
  }
}
