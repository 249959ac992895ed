import { Chat10Client } from '../../client/chat10/chat10-client.ts';
import { DownloadFolder } from '../../client-node/download-folder.ts';
import type { Connection } from '../../transport/connection.ts';
import type { Report } from '../report.ts';
import type { Screen } from '../screen.ts';
import type { Chat, ChatTerminal, Joining } from './chat.ts';
import { reportOf } from './chat10-ending.ts';
import { IdleTimeout } from './idle-timeout.ts';
import { JoinHandlers } from './join-handlers.ts';
import { defaultDownloads } from './saving.ts';

/**
 * A chat with a server that knows CHAT/1.0 only. What is typed goes there as it is, from a pipe byte for byte: whether it
 * is UTF-8, and what is a command, is for the server to judge.
 */
export class Chat10Chat implements Chat {
  readonly takesBytes = true;
  readonly #name: string;
  readonly #screen: Screen;
  readonly #handlers: JoinHandlers;
  readonly #client: Chat10Client;
  readonly #timeout: IdleTimeout;
  #onReady = (_greeting: string): void => {};
  #report: Report | undefined;

  /** To be called in the turn in which the connection came. */
  constructor(
    connection: Connection,
    { name, follow, downloads, clock, leaving }: Joining,
    { screen, progress }: ChatTerminal,
  ) {
    this.#name = name;
    this.#screen = screen;
    const folder = new DownloadFolder(downloads, downloads === defaultDownloads);
    this.#handlers = new JoinHandlers(screen, folder, progress, () =>
      this.#onReady('Registration successful'),
    );
    this.#client = new Chat10Client(connection, { name, follow, clock, handlers: this.#handlers });
    this.#timeout = new IdleTimeout(clock, this.#client);
    leaving.signal.addEventListener('abort', () => void this.#client.quit());
  }

  get closed(): Promise<void> {
    return this.#client.closed;
  }

  async run(onReady: (greeting: string) => void): Promise<void> {
    this.#onReady = onReady;
    this.#report = reportOf(await this.#client.run(), this.#name);
  }

  obey(typed: string): Promise<void> {
    return this.#client.say(typed);
  }

  /** A file named in `!attach` goes out before the next line, as the courses' server takes the next line for the file's. */
  async take(line: Uint8Array): Promise<boolean> {
    await this.#client.say(line);
    this.#timeout.onLineSent();
    if (await this.#timeout.waitFor(this.#client.attachmentsSettled())) return true;
    for (const file of this.#client.forgetAttachments()) {
      this.#screen.problem(`The server did not ask for ${file}`);
    }
    return false;
  }

  /** Sends `!exit`, which is answered when everything before it was handled. */
  async leave(): Promise<void> {
    await this.#client.say('!exit');
    this.#timeout.onLineSent();
    // A server that does not know !exit never answers it: then it is told in the way of asn2.
    if (!(await this.#timeout.waitFor(this.#client.closed))) await this.#client.quit();
  }

  async settled(): Promise<void> {}

  get report(): Report {
    if (this.#report === undefined) throw new Error('the chat is not over');
    return this.#report;
  }

  get isIncomplete(): boolean {
    return this.#handlers.unsentFiles > 0;
  }
}
