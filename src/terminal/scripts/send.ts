import type { Client, FileAudience, Sent } from '../../client/client.ts';
import { FileError, LostError, RefusedError } from '../../client/errors.ts';
import { exitCodes } from '../../exit-codes.ts';
import { wireLimits } from '../../protocol/limits.ts';
import { decodeUtf8, hasControlCharacter, quoteShort } from '../../protocol/text.ts';
import type { Clock, Timer } from '../../scheduling/clock.ts';
import { elapsed } from '../../scheduling/elapsed.ts';
import { RateLimit } from '../../scheduling/rate-limit.ts';
import { LineSource } from '../line-source.ts';
import { counted, isBlank, textProblem } from '../lines.ts';
import { PlainScreen } from '../plain-screen.ts';
import { type Report, refused, usage } from '../report.ts';
import { runToEnd } from '../run-face.ts';
import { type ScriptLogin, scriptClient, termsOf } from './script-client.ts';

export interface SendCommand extends ScriptLogin {
  /** The text, in words; without any, the lines of standard input are sent. */
  readonly words: readonly string[];
  readonly to?: string;
  readonly attach?: string;
  /** Terms, separated by commas. */
  readonly terms?: string;
  readonly requireReached?: boolean;
  /** The rate limit of piped lines after the first few, in lines per second; 0 is no limit. */
  readonly rate: number;
}

const burstLines = 15;
/** Back-pressure: at most this many texts wait for the server. */
const maxWaiting = 64;
/** How long a message waits for a connection that broke. */
const offlineMs = 30_000;
/** How long a server may store nothing of what waits, as on a full disk. */
const stalledMs = 60_000;

/**
 * `earshot send`: sends and ends. Resolves with the exit code, 0 only if the server stored everything and no signal
 * ended it before the end of its input. Never rejects.
 */
export function send(options: SendCommand): Promise<number> {
  return runToEnd(async (clock, leaving): Promise<Report> => {
    const problem = optionsProblem(options);
    if (problem !== undefined) return usage(problem);
    const client = await scriptClient(options, { clock, leaving, command: 'send' });
    if ('code' in client) return client;
    const sender = new Sender(client, options, clock);
    leaving.signal.addEventListener('abort', () => void sender.leave());
    const stopWaiting = closeWhenOffline(client, clock, sender);
    try {
      await run(sender, options, clock);
      if (sender.whyOver !== undefined) sender.fail(sender.whyOver);
      return sender.report;
    } finally {
      stopWaiting();
      await client.close();
      process.stdin.destroy();
    }
  });
}

async function run(sender: Sender, options: SendCommand, clock: Clock): Promise<void> {
  const { words, attach } = options;
  if (attach !== undefined) return sender.attach(attach);
  if (words.length > 0) return sender.say(words.join(' '), 'the text');
  const pace = new RateLimit(clock, options.rate, burstLines);
  if (process.stdin.isTTY) sender.tell('Each line that you type is sent; Ctrl-D ends.');
  const lines = new LineSource(process.stdin, wireLimits.textBytes);
  sender.onOver = () => lines.stop();
  for (let number = 1; ; number++) {
    const line = await lines.next();
    if (line === undefined) break;
    const delayMs = pace.delayMs();
    if (delayMs > 0) await elapsed(clock, delayMs);
    const text = line === 'too-long' ? undefined : decodeUtf8(line);
    if (text !== undefined && isBlank(text)) continue;
    pace.spend();
    if (text === undefined) {
      sender.fail(
        `line ${number} was not sent: ${line === 'too-long' ? 'it is too long' : 'it is not UTF-8 text'}`,
      );
    } else await sender.queue(text, `line ${number}`);
    if (sender.isOver) break;
  }
  await sender.settled();
}

/** Sends texts and a file, and counts what was not stored. */
class Sender {
  readonly #client: Client;
  readonly #options: SendCommand;
  readonly #screen = new PlainScreen(process.stdout, process.stderr, process.env);
  readonly #clock: Clock;
  readonly #underWay = new Set<Promise<void>>();
  #unanswered = 0;
  #stalled: Timer | undefined;
  #failed = 0;
  #unreached = 0;
  #isOver = false;
  #whyOver: string | undefined;
  /** Called when the client is closed: nothing more can be sent. */
  onOver = (): void => {};

  constructor(client: Client, options: SendCommand, clock: Clock) {
    this.#client = client;
    this.#options = options;
    this.#clock = clock;
    client.once('closed', ({ why }) => {
      if (why !== undefined) this.#whyOver = `the server has logged you out: ${why}`;
      this.#end();
    });
  }

  #end(): void {
    this.#isOver = true;
    this.onOver();
  }

  /** Nothing more is sent, nor read. */
  async leave(): Promise<void> {
    this.#end();
    await this.#client.close();
  }

  /** Nothing more is sent; `why` is for people. */
  async giveUp(why: string): Promise<void> {
    this.#whyOver = why;
    await this.leave();
  }

  /** The server has stored something, or there is something new for it to store. */
  #moved(): void {
    this.#stalled?.cancel();
    this.#stalled =
      this.#unanswered === 0
        ? undefined
        : this.#clock.after(
            stalledMs,
            () => void this.giveUp(`the server stored nothing for ${stalledMs / 1000} s`),
          );
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  /** Why nothing more can be sent, for people; undefined while it can, and when a signal ended it. */
  get whyOver(): string | undefined {
    return this.#whyOver;
  }

  get report(): Report {
    if (this.#failed > 0) return { code: exitCodes.refused };
    if (this.#options.requireReached !== true || this.#unreached === 0) return { code: exitCodes.ok };
    return refused(
      `${counted(this.#unreached, 'message')} reached nobody who is online; the server keeps them`,
    );
  }

  fail(problem: string): void {
    this.#failed += 1;
    this.#screen.problem(`earshot: ${problem}`);
  }

  tell(what: string): void {
    this.#screen.problem(what);
  }

  /** Sends `text`, and waits until few texts are under way. `what` names it in errors. */
  async queue(text: string, what: string): Promise<void> {
    while (this.#underWay.size >= maxWaiting) await Promise.race(this.#underWay);
    const said = this.say(text, what).finally(() => this.#underWay.delete(said));
    this.#underWay.add(said);
  }

  async settled(): Promise<void> {
    await Promise.all(this.#underWay);
  }

  async say(text: string, what: string): Promise<void> {
    const problem = hasControlCharacter(text) ? 'it holds control characters' : textProblem(text);
    if (problem !== undefined) {
      this.fail(`${what} was not sent: ${problem}`);
      return;
    }
    const { to } = this.#options;
    await this.#await(to === undefined ? this.#client.send(text) : this.#client.sendTo(to, text), what);
  }

  async attach(path: string): Promise<void> {
    const onProgress = (): void => this.#moved();
    await this.#await(this.#client.attach(path, audienceOf(this.#options), { onProgress }), path);
  }

  async #await(sending: Promise<Sent>, what: string): Promise<void> {
    this.#unanswered += 1;
    if (this.#unanswered === 1) this.#moved();
    try {
      if ((await sending).reached === 0) this.#unreached += 1;
    } catch (error) {
      if (error instanceof RefusedError) this.fail(`${what} was not sent: ${error.reason}`);
      else if (error instanceof FileError) this.fail(error.message);
      else if (error instanceof LostError) this.fail(`${what} was not sent: ${error.message}`);
      else throw error;
    } finally {
      this.#unanswered -= 1;
      this.#moved();
    }
  }
}

/** Gives up when the connection does not come back in time. Returns a function that ends this. */
function closeWhenOffline(client: Client, clock: Clock, sender: Sender): () => void {
  let timer: ReturnType<Clock['after']> | undefined;
  client.on('offline', () => {
    timer ??= clock.after(
      offlineMs,
      () => void sender.giveUp(`the server was away for ${offlineMs / 1000} s`),
    );
  });
  const stop = (): void => {
    timer?.cancel();
    timer = undefined;
  };
  client.on('online', stop);
  return stop;
}

function audienceOf({ to, terms = '' }: SendCommand): FileAudience {
  if (to !== undefined) return { to };
  const list = termsOf(terms);
  return { terms: 'code' in list ? [] : list };
}

function optionsProblem({ words, attach, terms, to }: SendCommand): string | undefined {
  if (attach === undefined) {
    if (terms !== undefined) return '--terms needs --attach: a text goes to the followers of its own words';
    return words.length > 0 && isBlank(words.join(' ')) ? 'the text is empty' : undefined;
  }
  if (words.length > 0) return `a file has no text: ${quoteShort(words.join(' '))}`;
  if (to !== undefined && terms !== undefined) return '--to and --terms cannot be used together';
  if (to === undefined && terms === undefined) return '--attach needs --terms or --to';
  const list = terms === undefined ? [] : termsOf(terms);
  return 'code' in list ? list.problem : undefined;
}
