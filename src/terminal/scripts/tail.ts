import type { Client, Entry, ErrorDecision, Place } from '../../client/client.ts';
import { LostError, RefusedError } from '../../client/errors.ts';
import { exitCodes } from '../../exit-codes.ts';
import { quoteShort } from '../../protocol/text.ts';
import type { Clock } from '../../scheduling/clock.ts';
import { readServerAddress } from '../dial.ts';
import { chatLineOf, sentenceOf } from '../lines.ts';
import { lookOf } from '../look.ts';
import { type Report, refused, usage } from '../report.ts';
import { runFace } from '../run-face.ts';
import { rendered, type Screen } from '../screen.ts';
import { formatCursor, parseCursor } from './cursor.ts';
import { CursorFile, usualCursorFile } from './cursor-file.ts';
import { environmentOf, inputOf, jsonOf } from './entry-fields.ts';
import { isBrokenPipe, LineOutput } from './line-output.ts';
import { CommandError, runCommand } from './message-command.ts';
import { type ScriptLogin, scriptClient, termsOf } from './script-client.ts';
import { errorScreen, tellErrors } from './tell-errors.ts';

export interface TailCommand extends Omit<ScriptLogin, 'name'> {
  /** A guest without a name gets one. */
  readonly name: string | undefined;
  /** Terms, separated by commas. */
  readonly follow: string;
  readonly json?: boolean;
  /** A command for `sh` that handles each message, in place of printing it. */
  readonly exec?: string;
  readonly onError: 'stop' | 'skip' | 'retry';
  /** `POSITION@EPOCH`, or `now`. */
  readonly since?: string;
  /** The file of the cursor. */
  readonly cursor?: string;
  readonly count?: number;
  /** Waits at the start for a server that is away. */
  readonly wait?: boolean;
}

/**
 * `earshot tail`: prints or handles what arrives, in order, each at least once, until it is ended. Resolves with the
 * exit code: 0 after `--count`, or when it was told to end; 1 when the server refuses or the command failed too often;
 * 141 when nobody reads the output. Never rejects.
 */
export function tail(options: TailCommand): Promise<number> {
  return runFace((clock, leaving) => tailed(options, clock, leaving));
}

async function tailed(options: TailCommand, clock: Clock, leaving: AbortController): Promise<Report> {
  const name = options.name ?? guestName();
  const follow = termsOf(options.follow);
  if ('code' in follow) return follow;
  const since = sinceOf(options.since);
  if (since !== undefined && 'code' in since) return since;
  const address = readServerAddress(options);
  if ('code' in address) return address;
  const path = options.cursor ?? usualCursorFile(address, name, follow);
  const file = options.since === undefined ? await CursorFile.open(path) : new CursorFile(path, undefined);
  if (typeof file === 'string') return refused(file);
  const state = { stateFolder: false, place: file, ...(since === undefined ? {} : { since }) } as const;
  const onWait = (why: string): void => errorScreen().problem(`${sentenceOf(why)} Waiting for it.`);
  const connecting = {
    ...{ clock, leaving, command: 'tail', follow, state, keepsFollows: true },
    ...(options.wait === true ? { onWait } : {}),
  };
  // Nothing else keeps the process alive while the client waits to reconnect.
  const alive = setInterval(() => {}, 60_000);
  try {
    const client = await scriptClient(
      { ...options, name, isMadeUpName: options.name === undefined },
      connecting,
    );
    if ('code' in client) return client;
    return await handled(client, { ...options, follow }, leaving);
  } finally {
    clearInterval(alive);
  }
}

type Tailing = Omit<TailCommand, 'follow'> & { readonly follow: readonly string[] };

async function handled(client: Client, options: Tailing, leaving: AbortController): Promise<Report> {
  const screen = errorScreen();
  const enough = new AbortController();
  leaving.signal.addEventListener('abort', () => enough.abort());
  let left = options.count ?? Infinity;
  const countOne = (): void => {
    left -= 1;
    if (left === 0) enough.abort();
  };
  const handle = handlerOf(options, client, leaving.signal);
  // At once, before anything is awaited: what arrives earlier would count as handled.
  const handling = client.handle(
    async (entry) => {
      await handle(entry);
      countOne();
    },
    {
      signal: enough.signal,
      onError: (error, entry, failures) => {
        if (leaving.signal.aborted || !(error instanceof CommandError)) return 'stop';
        const { onError } = options;
        const what = decision(error, { entry, failures, onError, screen, epoch: client.epoch });
        if (what === 'skip') countOne();
        return what;
      },
    },
  );
  tellErrors(client, screen);
  try {
    const problem = await Promise.race([prepared(client, options, screen), handling.then(() => undefined)]);
    if (problem !== undefined) return problem;
    await handling;
    return { code: exitCodes.ok };
  } catch (error) {
    return endOf(error, leaving.signal);
  } finally {
    enough.abort();
    await handling.catch(() => {});
    await client.close();
  }
}

/** Tells a guest what they cannot have, and adds to what an account follows. */
async function prepared(client: Client, options: Tailing, screen: Screen): Promise<Report | undefined> {
  const { follow, since, cursor } = options;
  if (client.isGuest) {
    if (since === undefined && cursor === undefined) return undefined;
    return refused(
      `${client.name} is a guest, and only an account has a cursor: messages that come while tail is not running ` +
        'are lost to a guest; make an account with !password in earshot join',
    );
  }
  for (;;) {
    try {
      const before = new Set(await client.follows());
      const added = follow.filter((term) => !before.has(term));
      for (const term of added) await client.follow(term);
      if (added.length > 0) screen.notice(`${client.name} follows ${added.join(', ')} from now on.`);
      return undefined;
    } catch (error) {
      if (error instanceof RefusedError && error.code === 409) return refused(`--follow: ${error.reason}`);
      if (!(error instanceof LostError) || error.reason === 'closed') throw error;
      await new Promise<void>((resolve) => {
        client.once('online', () => resolve());
        client.once('closed', () => resolve());
      });
    }
  }
}

function handlerOf(
  { exec, json }: Tailing,
  client: Client,
  leaving: AbortSignal,
): (entry: Entry) => Promise<void> {
  if (exec !== undefined) {
    return (entry) => {
      const input = json === true ? `${jsonOf(entry, client.epoch)}\n` : inputOf(entry);
      return runCommand(exec, environmentOf(entry, client.epoch), input, leaving);
    };
  }
  const output = new LineOutput(process.stdout);
  const shown = (entry: Entry) => rendered(chatLineOf(entry), lookOf(process.stdout, process.env));
  return (entry) => output.write(json === true ? jsonOf(entry, client.epoch) : shown(entry));
}

interface Failure {
  readonly entry: Entry;
  readonly failures: number;
  readonly onError: TailCommand['onError'];
  readonly screen: Screen;
  readonly epoch: string | undefined;
}

const maxTries = 5;
const firstRetryMs = 250;
const maxRetryMs = 60_000;

function decision(error: CommandError, failure: Failure): ErrorDecision {
  const { entry, failures, onError, screen, epoch } = failure;
  const which = epoch === undefined ? 'a message' : formatCursor({ position: entry.position ?? 0, epoch });
  const tell = (next: string): void =>
    screen.problem(`${which} from ${entry.from}: ${error.message}; ${next}`);
  if (onError === 'skip') {
    tell('it is skipped');
    return 'skip';
  }
  if (onError === 'stop' && failures >= maxTries) return 'stop';
  const retryInMs = Math.min(maxRetryMs, firstRetryMs * 2 ** Math.min(failures - 1, 20));
  tell(`again in ${retryInMs / 1000} s`);
  return { retryInMs };
}

function endOf(error: unknown, leaving: AbortSignal): Report {
  if (isBrokenPipe(error)) return { code: exitCodes.nobodyReads };
  if (error instanceof CommandError) {
    if (leaving.aborted) return { code: exitCodes.ok };
    return refused(`${error.message}, ${maxTries} times; the message comes again at the next start`);
  }
  if (error instanceof LostError) return leaving.aborted ? { code: exitCodes.ok } : refused(error.message);
  if (error instanceof RefusedError) return refused(error.message);
  throw error;
}

function sinceOf(text: string | undefined): Place | Report | undefined {
  if (text === undefined || text === 'now') return undefined;
  return (
    parseCursor(text) ??
    usage(`--since ${quoteShort(text)} is no cursor such as --json prints, and not "now"`)
  );
}

/** A name that nobody is likely to have. */
function guestName(): string {
  return `tail-${crypto.randomUUID().slice(0, 8)}`;
}
