import * as reply from '../../../protocol/chat10/reply.ts';
import { encodeUtf8, quoteShort } from '../../../protocol/text.ts';
import { NotWrittenError } from '../../accounts/accounts.ts';
import { Device } from '../../connection/device.ts';
import { Peer } from '../../connection/peer.ts';
import type { Session } from '../../connection/session.ts';
import type { Message } from '../../messages/entry.ts';
import type { ChatUser } from '../../users/chat-user.ts';

/** A connection that is registered over CHAT/1.0, and how it is answered. */
export class Chat10Device extends Device {
  /** Takes over one hold of `user`. */
  static join(session: Session, user: ChatUser): Chat10Device {
    return new Chat10Device(new Peer(session), user, session.context.chat10Encoders.linesOnly);
  }

  /** The client has shown that it can take file bytes. */
  takesFiles(): void {
    this.encoder = this.session.context.chat10Encoders.withFiles;
  }

  reply(text: string): undefined {
    this.outbox.reply(this.session.context.chat10Encoders.encodeText(text));
  }

  /** For text that came from this client, and goes back byte for byte. */
  replyAsTyped(text: string): undefined {
    this.outbox.reply(encodeUtf8(text));
  }

  replyError(what: string): undefined {
    this.reply(reply.error(what));
  }

  /** What `change` gives; undefined when it cannot be kept with the account, of which the user is told. */
  async kept<T>(change: () => Promise<T>): Promise<T | undefined> {
    try {
      return await change();
    } catch (error) {
      if (!(error instanceof NotWrittenError)) throw error;
      return this.replyError('The server cannot store that now; try again later');
    }
  }

  /**
   * Posts a message and tells the user when it cannot be stored. `onPosted` is called when it is safe,
   * `onNotPosted` when it is not and never will be.
   */
  say(
    message: Message,
    onPosted?: (reached: number) => void,
    onNotPosted?: () => void,
  ): Promise<undefined> | undefined {
    return this.post(message, {
      onPosted: (reached) => onPosted?.(reached),
      onNotPosted: (reason) => {
        const what = describe(message);
        if (reason === 'too-fast') this.replyError(`Too many messages; wait a moment and send ${what} again`);
        else this.replyError(`The server cannot store messages now; send ${what} again later`);
        onNotPosted?.();
      },
    });
  }
}

function describe(message: Message): string {
  return message.kind === 'attachment' ? message.file.name : quoteShort(message.text);
}
