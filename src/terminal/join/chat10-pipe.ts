import type { Chat10Client } from '../../client/chat10/chat10-client.ts';
import type { Clock } from '../../scheduling/clock.ts';
import type { Screen } from '../screen.ts';
import { IdleTimeout } from './idle-timeout.ts';
import type { PipedChat } from './piped-lines.ts';

/**
 * Lines on their way to a CHAT/1.0 server, byte for byte; whether they are UTF-8 is for the server to judge. A file
 * named in `!attach` goes out before the next line, as the courses' server takes the next line for the file's. At the
 * end `!exit` is sent, and answered when everything before it was handled.
 */
export class Chat10Pipe implements PipedChat {
  readonly takesBytes = true;
  readonly #client: Chat10Client;
  readonly #screen: Screen;
  readonly #timeout: IdleTimeout;

  constructor(client: Chat10Client, screen: Screen, clock: Clock) {
    this.#client = client;
    this.#screen = screen;
    this.#timeout = new IdleTimeout(clock, client);
  }

  get closed(): Promise<void> {
    return this.#client.closed;
  }

  async take(line: Uint8Array): Promise<boolean> {
    await this.#client.say(line);
    this.#timeout.onLineSent();
    if (await this.#timeout.waitFor(this.#client.attachmentsSettled())) return true;
    for (const file of this.#client.forgetAttachments()) {
      this.#screen.problem(`The server did not ask for ${file}`);
    }
    return false;
  }

  async leave(): Promise<void> {
    await this.#client.say('!exit');
    this.#timeout.onLineSent();
    // A server that does not know !exit never answers it: then it is told in the way of asn2.
    if (!(await this.#timeout.waitFor(this.#client.closed))) await this.#client.quit();
  }
}
