import type { ChatAttachment, ChatMessage, Client, HistoryOptions } from '../../client/client.ts';
import { LostError, RefusedError } from '../../client/errors.ts';
import { exitCodes } from '../../exit-codes.ts';
import { wireLimits } from '../../protocol/limits.ts';
import { termProblem } from '../../protocol/terms.ts';
import { quoteShort } from '../../protocol/text.ts';
import { historyLineOf } from '../lines.ts';
import { lookOf } from '../look.ts';
import { type Report, refused, usage } from '../report.ts';
import { runToEnd } from '../run-face.ts';
import { rendered } from '../screen.ts';
import { parseCursor } from './cursor.ts';
import { jsonOf } from './entry-fields.ts';
import { isBrokenPipe, LineOutput } from './line-output.ts';
import { type ScriptLogin, scriptClient } from './script-client.ts';

export interface HistoryCommand extends ScriptLogin {
  readonly json?: boolean;
  /** How many entries; 0 is all. */
  readonly limit: number;
  readonly match?: string;
  readonly before?: string;
  readonly after?: string;
}

interface Range {
  readonly before?: number;
  readonly after?: number;
  readonly match?: string;
}

type Entry = ChatMessage | ChatAttachment;
type Print = (entries: readonly Entry[]) => Promise<void>;

/** `earshot history`: prints messages to and from the user, oldest first. Resolves with the exit code; never rejects. */
export function history(options: HistoryCommand): Promise<number> {
  return runToEnd(async (clock, leaving): Promise<Report> => {
    if (options.match !== undefined) {
      const problem = termProblem(options.match);
      if (problem !== undefined) return usage(`${quoteShort(options.match)} is no term: ${problem}`);
    }
    const client = await scriptClient(options, { clock, leaving, command: 'history' });
    if ('code' in client) return client;
    leaving.signal.addEventListener('abort', () => void client.close());
    try {
      return await printed(client, options);
    } catch (error) {
      if (isBrokenPipe(error)) return { code: exitCodes.nobodyReads };
      if (error instanceof RefusedError) return refused(`the server refused: ${error.reason}`);
      if (!(error instanceof LostError)) throw error;
      return leaving.signal.aborted ? { code: exitCodes.refused } : refused(error.message);
    } finally {
      await client.close();
    }
  });
}

async function printed(client: Client, options: HistoryCommand): Promise<Report> {
  const { epoch } = client;
  const range = rangeOf(options, epoch);
  if ('code' in range) return range;
  const output = new LineOutput(process.stdout);
  const look = lookOf(process.stdout, process.env);
  const print: Print = async (entries) => {
    const lines = entries.map((entry) =>
      options.json === true ? jsonOf(entry, epoch) : rendered(historyLineOf(entry), look),
    );
    if (lines.length > 0) await output.write(lines.join('\n'));
  };
  const limit = options.limit === 0 ? Infinity : options.limit;
  // All of it, or all after a cursor, is printed as it comes; the newest entries have to be gathered first.
  const isGapped =
    range.after !== undefined || limit === Infinity
      ? await readForwards(client, { after: 0, ...range }, limit, print)
      : await readBackwards(client, range, limit, print);
  if (isGapped) return { code: exitCodes.ok, problem: 'the server no longer keeps some of the messages' };
  if (!client.isGuest) return { code: exitCodes.ok };
  return {
    code: exitCodes.ok,
    problem: `${client.name} has no account here, and a guest's history begins when the guest comes: there is nothing to show`,
  };
}

/** Prints the oldest `limit` entries of `range` as they come. Resolves with whether some are no longer kept. */
function readForwards(client: Client, range: Range, limit: number, print: Print): Promise<boolean> {
  return readPages(client, range, limit, 'after', print);
}

/** Prints the newest `limit` entries of `range`, which come newest page first, in their order. */
async function readBackwards(client: Client, range: Range, limit: number, print: Print): Promise<boolean> {
  const pages: (readonly Entry[])[] = [];
  const keep = async (entries: readonly Entry[]): Promise<void> => void pages.unshift(entries);
  const isGapped = await readPages(client, range, limit, 'before', keep);
  for (const page of pages) await print(page);
  return isGapped;
}

/** Reads pages until there are `limit` entries or no more; the next one is `after` the last or `before` the first entry. */
async function readPages(
  client: Client,
  range: Range,
  limit: number,
  next: 'after' | 'before',
  onPage: Print,
): Promise<boolean> {
  let isGapped = false;
  let rest = range;
  for (let left = limit; left > 0; ) {
    const { entries, gaps } = await client.history({ ...rest, ...pageOf(left) });
    isGapped ||= gaps.length > 0;
    const edge = next === 'after' ? entries.at(-1) : entries[0];
    if (edge?.position === undefined) break;
    await onPage(entries);
    left -= entries.length;
    rest = { ...rest, [next]: edge.position };
  }
  return isGapped;
}

const pageOf = (left: number): Pick<HistoryOptions, 'limit'> => ({
  limit: Math.min(left, wireLimits.historyLines),
});

function rangeOf({ before, after, match }: HistoryCommand, epoch: string | undefined): Range | Report {
  const range: { before?: number; after?: number; match?: string } = {};
  for (const [side, text] of [
    ['before', before],
    ['after', after],
  ] as const) {
    if (text === undefined) continue;
    const cursor = parseCursor(text);
    if (cursor === undefined)
      return usage(`--${side} ${quoteShort(text)} is no cursor such as --json prints`);
    if (cursor.epoch !== epoch) return refused(`--${side}: the server was set up anew since that cursor`);
    range[side] = cursor.position;
  }
  return match === undefined ? range : { ...range, match };
}
