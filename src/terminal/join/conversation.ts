import type { Client } from '../../client/client.ts';
import { LostError, RefusedError } from '../../client/errors.ts';
import { systemProblem } from '../../client/system-error.ts';
import { exitCodes } from '../../exit-codes.ts';
import * as reply from '../../protocol/chat10/reply.ts';
import type { JoinCommand, Typed } from '../../protocol/commands/typed.ts';
import { decodeUtf8, quoteShort } from '../../protocol/text.ts';
import type { Clock, Timer } from '../../scheduling/clock.ts';
import { counted } from '../lines.ts';
import { type Report, refused } from '../report.ts';
import type { Screen } from '../screen.ts';
import { tellConnection } from '../tell-connection.ts';
import { Timeline } from '../timeline.ts';
import { filesNotice } from './accepted-files.ts';
import { markMissed } from './catching-up.ts';
import type { Chat, ChatTerminal, Joining } from './chat.ts';
import { closedByServer } from './chat10-ending.ts';
import { type CommandContext, parseLine, runCommand } from './commands.ts';
import { shownPath } from './downloads.ts';
import { Files } from './files.ts';
import type { HiddenLines } from './hidden-lines.ts';
import { Pages } from './pages.ts';

/** The grace period for unsent lines: how long `leave` waits for the connection to come back. */
const offlineMs = 30_000;
/** The grace period for a server that said goodbye: a restart takes less. */
const restartMs = 5_000;
/** Back-pressure for pipes: at most this many texts wait for the server. */
const maxWaiting = 256;

/** A conversation over CHAT/1.1: executes what its user types, and shows messages and events. */
export class Conversation implements Chat, CommandContext {
  readonly takesBytes = false;
  readonly client: Client;
  readonly screen: Screen;
  readonly files: Files;
  readonly timeline: Timeline;
  readonly pages: Pages;
  readonly filesNotice: string;
  readonly hiddenLines: HiddenLines | undefined;
  readonly #clock: Clock;
  readonly #leaving: AbortController;
  readonly #underWay = new Set<Promise<unknown>>();
  readonly #closed = Promise.withResolvers<void>();
  #unsent = 0;
  #isIncomplete = false;
  #whyClosed: string | undefined;
  #hasServerLeft = false;

  /** Aborts `leaving` when it ends. Call it synchronously once `connect` resolves, or events are missed. */
  constructor(client: Client, joining: Joining, terminal: ChatTerminal) {
    const { downloads, clock, leaving } = joining;
    const { screen, progress, hiddenLines } = terminal;
    const timeline = new Timeline({ screen, clock, reader: client.name });
    const files = new Files(client, joining, screen, timeline, progress);
    this.filesNotice = filesNotice(joining, shownPath(downloads.path));
    this.client = client;
    this.screen = screen;
    this.files = files;
    this.timeline = timeline;
    this.pages = new Pages({ client, screen, timeline, files });
    this.hiddenLines = hiddenLines;
    this.#clock = clock;
    this.#leaving = leaving;
    leaving.signal.addEventListener('abort', () => void client.close());
    markMissed(client, timeline, clock);
    client.on('message', (message) => timeline.show(message));
    client.on('attachment', (attachment) => files.onAttachment(attachment));
    client.once('closed', ({ why }) => {
      this.#whyClosed = why;
      timeline.close();
      this.#closed.resolve();
      leaving.abort();
    });
    tellConnection(client, screen, timeline);
    this.#endWithServer();
  }

  /** Resolves when the conversation has ended. */
  get closed(): Promise<void> {
    return this.#closed.promise;
  }

  async run(onReady: (greeting: string) => void): Promise<void> {
    onReady(this.client.isGuest ? 'Registration successful' : `Logged in as ${this.client.name}`);
    const isNewDevice = !this.client.isGuest && this.client.lastHereMs === undefined;
    if (isNewDevice && this.screen.isTerminal) await this.pages.begin();
    await this.#closed.promise;
  }

  obey(line: string): Promise<void> {
    return this.#obeyTyped(parseLine(line));
  }

  async #obeyTyped(typed: Typed<JoinCommand>): Promise<void> {
    try {
      await this.#obey(typed);
    } catch (error) {
      this.#isIncomplete = true;
      this.screen.problem(`internal error: ${systemProblem(error)}`);
    }
  }

  async #obey(typed: Typed<JoinCommand>): Promise<void> {
    if (typed.kind === 'nothing') return;
    if (typed.kind === 'text') return this.#during(this.#say(typed.text));
    if (typed.kind === 'invalid') return this.screen.show(reply.error(typed.problem).trimEnd());
    const done = await this.#during(runCommand(this, typed));
    this.#isIncomplete ||= done === false;
    if (done === 'exit') await this.leave();
  }

  /** Does not await texts; runs a command when everything before it is done, so that answers keep their order. */
  async take(line: Uint8Array): Promise<boolean> {
    const typed = parseLine(decodeUtf8(line) ?? '');
    const isText = typed.kind === 'text';
    await this.#waitsForAtMost(isText ? maxWaiting : 0);
    const done = this.#obeyTyped(typed);
    if (!isText) await done;
    return true;
  }

  get isIncomplete(): boolean {
    return this.#isIncomplete;
  }

  /** Reports that `what` was not sent because of `error`. */
  onNotSent(what: string, error: unknown): void {
    this.#isIncomplete = true;
    if (error instanceof RefusedError) {
      this.screen.problem(`${quoteShort(what)} was not sent: ${error.reason}`);
      return;
    }
    if (!(error instanceof LostError)) throw error;
    // The final report counts the lines that still waited at the end.
    if (error.reason === 'closed') this.#unsent += 1;
    else this.screen.problem(`${quoteShort(what)}: ${error.message}`);
  }

  /** Resolves when at most `most` actions are in progress, or the conversation has ended. */
  async #waitsForAtMost(most: number): Promise<void> {
    while (this.#underWay.size > most) await Promise.race([...this.#underWay, this.#closed.promise]);
  }

  /** Leaves when everything is sent, or after the grace period offline. Resolves when the conversation has ended. */
  async leave(): Promise<void> {
    const isOffline = this.client.state !== 'online';
    if (isOffline && this.#underWay.size > 0 && this.hiddenLines !== undefined) {
      this.screen.notice(
        `Unsent, waiting for the connection: ${counted(this.#underWay.size, 'line')}. Ctrl-C leaves without sending.`,
      );
    }
    const allSent = this.#allSent();
    const stopWaiting = this.#afterOffline(() => this.#leaving.abort());
    await Promise.race([allSent, this.#closed.promise]);
    stopWaiting();
    this.#leaving.abort();
    await this.#closed.promise;
  }

  settled(): Promise<void> {
    return this.files.settled();
  }

  get report(): Report {
    if (this.#unsent > 0) return refused(`${counted(this.#unsent, 'line')} did not reach the server`);
    if (this.#whyClosed !== undefined) return refused(`the server has logged you out: ${this.#whyClosed}`);
    return this.#hasServerLeft ? { code: exitCodes.ok, notice: closedByServer } : { code: exitCodes.ok };
  }

  async #say(text: string): Promise<void> {
    try {
      await this.client.send(text);
    } catch (error) {
      this.onNotSent(text, error);
    }
  }

  /** Makes `leave` wait until `doing` is done. */
  #during<T>(doing: Promise<T>): Promise<T> {
    const done = doing.finally(() => this.#underWay.delete(done));
    this.#underWay.add(done);
    return done;
  }

  async #allSent(): Promise<void> {
    while (this.#underWay.size > 0) await Promise.all(this.#underWay);
    await this.files.settled();
  }

  /** Calls `then` after a grace period without a connection. Returns a function that cancels this. */
  #afterOffline(then: () => void): () => void {
    let timer = this.client.state === 'online' ? undefined : this.#clock.after(offlineMs, then);
    const onOffline = () => {
      timer ??= this.#clock.after(offlineMs, then);
    };
    const onOnline = () => {
      timer?.cancel();
      timer = undefined;
    };
    this.client.on('offline', onOffline).on('online', onOnline);
    return () => {
      onOnline();
      this.client.off('offline', onOffline).off('online', onOnline);
    };
  }

  /** Leaves when the server said goodbye and is not back soon: it was shut down. */
  #endWithServer(): void {
    let timer: Timer | undefined;
    this.client.on('offline', ({ isFarewell }) => {
      if (!isFarewell) return;
      timer ??= this.#clock.after(restartMs, () => {
        this.#hasServerLeft = true;
        this.#leaving.abort();
      });
    });
    this.client.on('online', () => {
      timer?.cancel();
      timer = undefined;
    });
  }
}
