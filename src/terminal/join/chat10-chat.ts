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
 * A chat with a server that knows only CHAT/1.0. Typed lines are sent unchanged, those of a pipe byte for byte: the
 * server decides whether they are UTF-8, and which ones are commands.
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

  /** Call it synchronously once the connection opens, or events are missed. */
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

  /** Sends a line and then the file that it attaches, because the courses' server reads the next line as the file's. */
  async take(line: Uint8Array): Promise<boolean> {
    await this.#client.say(line);
    this.#timeout.onLineSent();
    if (await this.#timeout.waitFor(this.#client.attachmentsSettled())) return true;
    for (const file of this.#client.forgetAttachments()) {
      this.#screen.problem(`The server did not ask for ${file}`);
    }
    return false;
  }

  /** Sends `!exit`, which the server answers after it has handled everything before. */
  async leave(): Promise<void> {
    await this.#client.say('!exit');
    this.#timeout.onLineSent();
    // A server that does not know !exit never answers it, but knows asn2's DISCONNECT.
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
