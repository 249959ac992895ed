import type { Device } from '../connection/device.ts';
import type { NotPosted } from '../connection/posted-message.ts';
import { type Message, recipientOf } from '../messages/entry.ts';
import type { NameHolder, Registry } from '../users/registry.ts';
import { mayMention, meantNames } from './mentions.ts';

/** Why a private message, or file, cannot go to its recipient. */
export type RecipientProblem = 'oneself' | 'nobody' | 'not-online';

/** Why a message was not stored and never will be. */
export type NotSent = NotPosted | RecipientProblem;

/** The outcome of a message: exactly one of these is called, in the order of the messages. */
export interface SendOutcome {
  /**
   * It is stored at `position`, and was delivered to `reached` others who are online. `recipient`: who had the name
   * when it was sent; undefined unless it is for one user alone.
   */
  onSent(reached: number, position: number, recipient: NameHolder | undefined): void;
  onNotSent(reason: NotSent): void;
}

export interface SendOptions {
  /** The sender's id for this message: a repeat is answered with the position of the first. */
  readonly retryId?: string | undefined;
  /** Delays a message over the rate, instead of refusing it. */
  readonly isHeldBack?: boolean;
  /** Refuses a private message to somebody who is not online, instead of storing it for them. */
  readonly isForOnlineOnly?: boolean;
}

/**
 * Sends every message from a device to the log. A private message goes to the user who has the name: an account, online
 * or not; a guest, online or in a kept place.
 */
export class Messages {
  readonly #registry: Registry;

  constructor(registry: Registry) {
    this.#registry = registry;
  }

  /** While a promise is pending, read no further request. */
  send(
    device: Device,
    message: Message,
    outcome: SendOutcome,
    options: SendOptions = {},
  ): Promise<undefined> | undefined {
    const to = recipientOf(message);
    if (message.kind === 'text' && mayMention(message.text)) {
      return this.#sendMeant(message, device, outcome, options);
    }
    if (to === undefined) return this.#post(device, message, outcome, options, undefined);
    return this.#sendTo(to, device, message, outcome, options);
  }

  /** Returns why nothing can be sent to `to` alone; undefined when it can. */
  async recipientProblem(device: Device, to: string): Promise<RecipientProblem | undefined> {
    return problemOf(device, to, await this.#registry.find(to), false);
  }

  async #sendMeant(
    message: Message & { readonly kind: 'text' },
    device: Device,
    outcome: SendOutcome,
    options: SendOptions,
  ): Promise<undefined> {
    const meant = await meantNames(message.text, this.#registry);
    return this.#post(
      device,
      meant.length === 0 ? message : { ...message, meant },
      outcome,
      options,
      undefined,
    );
  }

  async #sendTo(
    to: string,
    device: Device,
    message: Message,
    outcome: SendOutcome,
    options: SendOptions,
  ): Promise<undefined> {
    const recipient = await this.#registry.find(to);
    const problem = problemOf(device, to, recipient, options.isForOnlineOnly === true);
    if (problem === undefined) return this.#post(device, message, outcome, options, recipient);
    await device.peer.allPosted();
    // This may be a retry of a stored message whose recipient has left since: it succeeds.
    const { retryId } = options;
    const position = retryId === undefined ? undefined : await device.positionOf(retryId);
    if (position === undefined) outcome.onNotSent(problem);
    else outcome.onSent(0, position, recipient);
    return undefined;
  }

  #post(
    device: Device,
    message: Message,
    outcome: SendOutcome,
    { retryId, isHeldBack }: SendOptions,
    recipient: NameHolder | undefined,
  ): Promise<undefined> | undefined {
    const posted = {
      onPosted: (reached: number, position: number) => outcome.onSent(reached, position, recipient),
      onNotPosted: (reason: NotPosted) => outcome.onNotSent(reason),
    };
    return isHeldBack === true
      ? device.postHeldBack(message, posted)
      : device.postOrRefuse(message, retryId, posted);
  }
}

function problemOf(
  device: Device,
  to: string,
  { kind, nodes }: NameHolder,
  isForOnlineOnly: boolean,
): RecipientProblem | undefined {
  if (to === device.name) return 'oneself';
  if (kind === 'nobody') return 'nobody';
  return isForOnlineOnly && nodes.length === 0 ? 'not-online' : undefined;
}
