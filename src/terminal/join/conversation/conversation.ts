import type { ChatMessage, Client } from '../../../client/client.ts';
import { systemProblem } from '../../../client/system-error.ts';
import { exitCodes } from '../../../exit-codes.ts';
import * as reply from '../../../protocol/chat10/reply.ts';
import { decodeUtf8 } from '../../../protocol/text.ts';
import type { Complete } from '../../editor/completion.ts';
import { ownLine } from '../../entry-line.ts';
import { counted } from '../../lines.ts';
import type { TimeForm } from '../../local-times.ts';
import { type Report, refused } from '../../report.ts';
import type { Screen } from '../../screen.ts';
import { tellConnection } from '../../tell-connection.ts';
import { Timeline } from '../../timeline.ts';
import type { HiddenLines } from '../account/hidden-lines.ts';
import type { Chat, ChatTerminal, Joining } from '../chat.ts';
import { type CommandContext, runCommand } from '../commands/commands.ts';
import { commands } from '../commands/join-table.ts';
import { Pages } from '../commands/pages.ts';
import { type Session, unmuted } from '../commands/session-commands.ts';
import { parseLine, type Understood, understand } from '../commands/typed-words.ts';
import { filesNotice } from '../files/accepted-files.ts';
import { shownPath } from '../files/downloads.ts';
import { Files } from '../files/files.ts';
import { completionOf } from '../input/completion.ts';
import { knownTo } from '../input/people.ts';
import { Reached } from '../sending/reached.ts';
import { Sending } from '../sending/sending.ts';
import { Calls } from '../session/calls.ts';
import { Mutes } from '../session/mutes.ts';
import { Settings } from '../session/settings.ts';
import { caughtUp, markMissed } from './catching-up.ts';
import { ConnectionStatus } from './connection-status.ts';
import { Departure } from './departure.ts';
import { welcome } from './welcome.ts';

/** Back-pressure for pipes: at most this many texts wait for the server. */
const maxWaiting = 256;

/**
 * A conversation over CHAT/1.1: executes what its user types, and shows messages and events. It lasts until the user
 * leaves or the server ends it for good; a server that is away for a while does not end it.
 */
export class Conversation implements Chat, CommandContext {
  readonly takesBytes = false;
  readonly showsLines = true;
  readonly client: Client;
  readonly screen: Screen;
  readonly files: Files;
  readonly timeline: Timeline;
  readonly pages: Pages;
  readonly filesNotice: string;
  readonly hiddenLines: HiddenLines | undefined;
  readonly sending: Sending;
  readonly session: Session;
  readonly #status: ConnectionStatus;
  readonly #departure: Departure;
  readonly complete: Complete;
  readonly #underWay = new Set<Promise<unknown>>();
  readonly #closed = Promise.withResolvers<void>();
  #isIncomplete = false;
  #whyClosed: string | undefined;

  /** Aborts `leaving` when it ends. Call it synchronously once `connect` resolves, or events are missed. */
  constructor(client: Client, joining: Joining, terminal: ChatTerminal) {
    const { downloads, clock, leaving } = joining;
    const { screen, progress, hiddenLines } = terminal;
    this.client = client;
    this.screen = screen;
    const settings = new Settings(joining.settings);
    const timeForm = (): TimeForm => settings.values.times;
    const timeline = new Timeline({ screen, clock, reader: client.name, timeForm });
    this.timeline = timeline;
    this.files = new Files(client, joining, screen, timeline, progress);
    this.filesNotice = filesNotice(joining, shownPath(downloads.path));
    this.pages = new Pages({ client, screen, timeline, files: this.files });
    this.hiddenLines = hiddenLines;
    const reached = new Reached();
    this.session = {
      reached,
      settings,
      mutes: new Mutes(clock, (what, hidden) => screen.notice(unmuted(what, hidden))),
      calls: new Calls({ name: client.name, screen, settings, clock }),
    };
    this.sending = new Sending({ screen, timeline, clock, reached });
    this.#departure = new Departure({
      client,
      clock,
      screen,
      isWithPerson: this.isWithPerson,
      unsentLines: () => this.sending.waiting,
      undone: () => this.#underWay.size,
      allDone: () => this.#allDone(),
      closed: this.#closed.promise,
      go: () => leaving.abort(),
    });
    this.complete = completionOf(commands, knownTo(client, clock));
    leaving.signal.addEventListener('abort', () => void client.close());
    markMissed(client, timeline, clock, (show) => this.sending.inOrder(undefined, show));
    this.#listen(leaving);
    const hint = this.isWithPerson ? 'Enter tries again now.' : 'Trying to get it back.';
    tellConnection(client, screen, timeline, hint);
    this.#status = new ConnectionStatus(client, clock, (status) => screen.status(status));
  }

  get isWithPerson(): boolean {
    return this.hiddenLines !== undefined;
  }

  /** Resolves when the conversation has ended. */
  get closed(): Promise<void> {
    return this.#closed.promise;
  }

  async run(onReady: (greeting: string, welcome?: string) => void): Promise<void> {
    // What the user follows is said before anything that others said, and before anybody types.
    this.timeline.hold();
    const welcomeLine = this.isWithPerson ? await welcome(this.client) : undefined;
    if (this.client.state !== 'closed') {
      onReady(
        this.client.isGuest ? 'Registration successful' : `Logged in as ${this.client.name}`,
        welcomeLine,
      );
    }
    this.timeline.release();
    const isNewDevice = !this.client.isGuest && this.client.lastHereMs === undefined;
    if (isNewDevice && this.screen.isTerminal) await this.pages.begin();
    await this.#closed.promise;
  }

  obey(line: string): Promise<void> {
    this.session.calls.onSeen();
    return this.#obeyTyped(understand(line), line);
  }

  /** Enter on an empty line: tries to reconnect at once. */
  onEmpty(): void {
    this.session.calls.onSeen();
    this.#status.retry();
  }

  interrupt(): void {
    void this.#departure.interrupt();
  }

  async #obeyTyped(understood: Understood, line: string): Promise<void> {
    try {
      await this.#obey(understood, line);
    } catch (error) {
      this.#isIncomplete = true;
      this.screen.problem(`internal error: ${systemProblem(error)}`);
    }
  }

  async #obey({ typed, hint }: Understood, line: string): Promise<void> {
    if (typed.kind === 'nothing') return;
    if (!(typed.kind === 'exit')) this.#departure.stay();
    if (typed.kind === 'text') {
      const { text } = typed;
      await this.#during(this.sending.send(text, () => this.client.send(text)));
      return;
    }
    // What is sent is shown as it is stored; nobody can send to themselves.
    if (typed.kind !== 'msg' || typed.to === this.client.name) this.#echo(line);
    if (typed.kind === 'invalid') {
      this.#isIncomplete = true;
      return this.screen.show(reply.error(typed.problem).trimEnd());
    }
    const done = await this.#during(runCommand(this, typed, line));
    this.#isIncomplete ||= done === false;
    if (hint !== undefined) this.screen.notice(hint);
    if (done === 'exit') await this.leave();
  }

  /** Shows a command where the screen does not: it takes every entered line away. */
  #echo(line: string): void {
    if (this.screen.pending !== undefined) this.screen.show(ownLine(line));
  }

  /** Does not await texts; runs a command when everything before it is done, so that answers keep their order. */
  async take(line: Uint8Array): Promise<boolean> {
    const text = decodeUtf8(line) ?? '';
    const typed = parseLine(text);
    const isText = typed.kind === 'text';
    await this.#waitsForAtMost(isText ? maxWaiting : 0);
    const done = this.#obeyTyped({ typed }, text);
    if (!isText) await done;
    return true;
  }

  get isIncomplete(): boolean {
    return this.#isIncomplete || this.sending.hasFailed;
  }

  /** Leaves when everything is sent. Resolves when the conversation has ended, or the user has changed their mind. */
  leave(): Promise<void> {
    return this.#departure.leave();
  }

  settled(): Promise<void> {
    return this.files.settled();
  }

  get report(): Report {
    const { unsent } = this.sending;
    if (unsent > 0) return refused(`${counted(unsent, 'line')} did not reach the server${this.#why}`);
    if (this.#whyClosed !== undefined) return refused(`the server has logged you out: ${this.#whyClosed}`);
    return { code: exitCodes.ok };
  }

  get #why(): string {
    return this.#whyClosed === undefined ? '' : `, which has logged you out: ${this.#whyClosed}`;
  }

  #listen(leaving: AbortController): void {
    const { client } = this;
    client.on('message', (message) => this.#onMessage(message));
    client.on('attachment', (attachment) => {
      if (this.session.mutes.hides(attachment)) return;
      this.sending.inOrder(attachment.position, () => {
        this.files.onAttachment(attachment);
        this.session.calls.onShown(attachment);
      });
    });
    client.on('offline', () => {
      this.sending.isOnline = false;
    });
    client.on('online', () => {
      this.sending.isOnline = true;
    });
    client.once('closed', ({ why }) => {
      this.#whyClosed = why;
      this.timeline.close();
      this.#closed.resolve();
      leaving.abort();
    });
  }

  #onMessage(message: ChatMessage): void {
    if (this.session.mutes.hides(message)) return;
    this.sending.inOrder(message.position, () => {
      this.timeline.show(message);
      this.session.calls.onShown(message);
    });
  }

  /** Resolves when at most `most` actions are in progress, or the conversation has ended. */
  async #waitsForAtMost(most: number): Promise<void> {
    while (this.#underWay.size > most) await Promise.race([...this.#underWay, this.#closed.promise]);
  }

  /** Makes `leave` wait until `doing` is done. */
  #during<T>(doing: Promise<T>): Promise<T> {
    const done = doing.finally(() => this.#underWay.delete(done));
    this.#underWay.add(done);
    return done;
  }

  async #allDone(): Promise<void> {
    while (this.#underWay.size > 0) await Promise.all(this.#underWay);
    await this.files.settled();
    // The next run of a script begins where this one ends.
    if (!this.isWithPerson) await caughtUp(this.client);
  }
}
