import { Chat10Client } from '../../../client/chat10/chat10-client.ts';
import * as reply from '../../../protocol/chat10/reply.ts';
import { decodeUtf8 } from '../../../protocol/text.ts';
import type { Clock } from '../../../scheduling/clock.ts';
import { elapsed } from '../../../scheduling/elapsed.ts';
import type { Connection } from '../../../transport/connection.ts';
import type { Report } from '../../report.ts';
import type { Screen } from '../../screen.ts';
import type { Chat, ChatTerminal, Joining } from '../chat.ts';
import { chat10FilesNotice } from '../files/accepted-files.ts';
import { shownPath } from '../files/downloads.ts';
import { completionOf } from '../input/completion.ts';
import { nobody } from '../input/people.ts';
import { reportOf } from './chat10-ending.ts';
import { chat10Line, FollowedPeople } from './chat10-files.ts';
import { commandsElsewhere, helpElsewhere, isExit, unknownElsewhere } from './foreign-commands.ts';
import { IdleTimeout } from './idle-timeout.ts';
import { JoinHandlers } from './join-handlers.ts';

/** How long the server may take to close the connection after `!exit`. */
const exitMs = 1_000;
/** The pause between two lines of a pipe. */
const betweenLinesMs = 50;

/**
 * A chat with a server that knows only CHAT/1.0. Typed lines are sent unchanged, those of a pipe byte for byte: the
 * server decides whether they are UTF-8, and which ones are commands; except those that only earshot's servers know, and
 * paths that a terminal pasted after `!attach`, which get the form that servers know.
 */
export class Chat10Chat implements Chat {
  readonly takesBytes = true;
  readonly filesNotice: string;
  readonly complete = completionOf(commandsElsewhere, nobody);
  readonly #name: string;
  readonly #screen: Screen;
  readonly #handlers: JoinHandlers;
  readonly #people: FollowedPeople;
  readonly #client: Chat10Client;
  readonly #clock: Clock;
  readonly #pauses: boolean;
  readonly #timeout: IdleTimeout;
  #onReady = (_greeting: string): void => {};
  #report: Report | undefined;

  /** Call it synchronously once the connection opens, or events are missed. */
  constructor(connection: Connection, joining: Joining, { screen, progress }: ChatTerminal) {
    const { name, follow, downloads, rate, clock, leaving } = joining;
    this.filesNotice = chat10FilesNotice(joining, shownPath(downloads.path));
    this.#name = name;
    this.#screen = screen;
    this.#pauses = rate > 0;
    this.#clock = clock;
    this.#people = new FollowedPeople(follow);
    this.#handlers = new JoinHandlers(screen, joining, this.#people, progress, () =>
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

  async obey(typed: string): Promise<void> {
    if (isExit(typed)) await this.#finish(exitMs);
    else if (!this.#help(typed) && this.#mayGo(typed)) {
      const line = this.#formed(typed);
      if (line !== undefined) await this.#client.say(line);
    }
  }

  /**
   * Sends a line and then the file that it attaches, because the courses' server reads the next line as the file's. Then
   * pauses, because many servers take what comes in one read for one message.
   */
  async take(bytes: Uint8Array): Promise<boolean> {
    // What is no UTF-8 may be a command all the same.
    const text = new TextDecoder().decode(bytes);
    if (this.#help(text)) return true;
    if (isExit(text)) {
      await this.leave();
      return true;
    }
    if (!this.#mayGo(text)) return false;
    const line = decodeUtf8(bytes) === undefined ? text : this.#formed(text);
    if (line === undefined) return false;
    await this.#client.say(line === text ? bytes : line);
    this.#timeout.onLineSent();
    if (await this.#timeout.waitFor(this.#client.attachmentsSettled())) {
      if (this.#pauses) await elapsed(this.#clock, betweenLinesMs);
      return true;
    }
    for (const file of this.#client.forgetAttachments()) {
      this.#screen.problem(`The server did not ask for ${file}`);
    }
    return false;
  }

  /** Every server knows DISCONNECT, not every one `!exit`; it closes after it has handled everything before. */
  async leave(): Promise<void> {
    await this.#client.finish();
    this.#timeout.onLineSent();
    if (!(await this.#timeout.waitFor(this.#client.closed))) await this.#client.quit();
  }

  /** As `leave`, but waits for the server for `mostMs` only. */
  async #finish(mostMs: number): Promise<void> {
    await this.#client.finish();
    const late = this.#clock.after(mostMs, () => void this.#client.quit());
    await this.#client.closed;
    late.cancel();
  }

  /** Returns a typed line as the server knows it; undefined, after telling the user, when it cannot be sent. */
  #formed(typed: string): string | undefined {
    const line = chat10Line(typed);
    if (typeof line === 'string') {
      this.#people.note(line);
      return line;
    }
    this.#screen.problem(`That was not sent: ${line.problem}`);
    return undefined;
  }

  /** Answers `!help`, and says whether that was typed. */
  #help(typed: string): boolean {
    const help = helpElsewhere(typed);
    if (help !== undefined) this.#screen.show(help);
    return help !== undefined;
  }

  /** Refuses what a server that others wrote would send to everybody. */
  #mayGo(typed: string): boolean {
    const problem = unknownElsewhere(typed);
    if (problem === undefined) return true;
    this.#screen.show(reply.error(problem).trimEnd());
    return false;
  }

  async settled(): Promise<void> {}

  get report(): Report {
    if (this.#report === undefined) throw new Error('the chat is not over');
    return this.#report;
  }

  get isIncomplete(): boolean {
    return this.#handlers.unsentFiles > 0 || this.#handlers.refusals > 0;
  }
}
