import * as reply from '../../../protocol/chat10/reply.ts';
import { encodeUtf8, quoteShort } from '../../../protocol/text.ts';
import { NotWrittenError } from '../../accounts/accounts.ts';
import type { LoggedIn } from '../../chat/logins.ts';
import type { Messages, NotSent } from '../../chat/messages.ts';
import { Device } from '../../connection/device.ts';
import type { Peer } from '../../connection/peer.ts';
import { type Message, recipientOf } from '../../messages/entry.ts';
import type { NameHolder } from '../../users/registry.ts';
import type { Chat10Encoders } from './encoders.ts';

/** A user who is registered over CHAT/1.0, and how they are answered. */
export class Chat10Device extends Device {
  readonly encoders: Chat10Encoders;
  readonly #messages: Messages;

  constructor(peer: Peer, { user }: LoggedIn, encoders: Chat10Encoders, messages: Messages) {
    super(peer, user, encoders.linesOnly);
    this.encoders = encoders;
    this.#messages = messages;
  }

  /** The client has shown that it understands file bytes. */
  takesFiles(): void {
    this.encoder = this.encoders.withFiles;
  }

  get knowsFiles(): boolean {
    return this.encoder === this.encoders.withFiles;
  }

  reply(text: string): undefined {
    this.outbox.reply(this.encoders.encodeText(text));
  }

  /** For text that came from this client, and is sent back byte for byte. */
  replyAsTyped(text: string): undefined {
    this.outbox.reply(encodeUtf8(text));
  }

  replyError(what: string): undefined {
    this.reply(reply.error(what));
  }

  /**
   * Resolves with the result of `change`; undefined, after an error for the user, when the account cannot be written.
   */
  async kept<T>(change: () => Promise<T>): Promise<T | undefined> {
    try {
      return await change();
    } catch (error) {
      if (!(error instanceof NotWrittenError)) throw error;
      return this.replyError('The server cannot store that now; try again later');
    }
  }

  /** Sends a message, and tells the user when it cannot be stored. One of the two callbacks is called. */
  say(
    message: Message,
    onSent?: (reached: number, recipient: NameHolder | undefined) => void,
    onNotSent?: () => void,
  ): Promise<undefined> | undefined {
    const outcome = {
      onSent: (reached: number, _position: number, recipient: NameHolder | undefined) =>
        onSent?.(reached, recipient),
      onNotSent: (reason: NotSent) => {
        this.#replyNotSent(message, reason);
        onNotSent?.();
      },
    };
    return this.#messages.send(this, message, outcome, { isHeldBack: true });
  }

  #replyNotSent(message: Message, reason: NotSent): void {
    const what = describe(message);
    if (reason === 'oneself') this.replyError('You cannot send a private message to yourself');
    else if (reason === 'nobody') this.reply(reply.notOnline(recipientOf(message) ?? ''));
    else if (reason === 'too-fast')
      this.replyError(`Too many messages; wait a moment and send ${what} again`);
    else this.replyError(`The server cannot store messages now; send ${what} again later`);
  }
}

function describe(message: Message): string {
  return message.kind === 'attachment' ? message.file.name : quoteShort(message.text);
}
