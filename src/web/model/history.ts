import type { Client, HistoryOptions } from '../../client/client.ts';
import { RefusedError } from '../../client/errors.ts';
import { wireLimits } from '../../protocol/limits.ts';
import { isShown } from './filter.ts';
import type { Timeline } from './timeline.ts';

const pageLines = 100;
/** A server that refuses a page, for example because its disk fails, is not asked again before. */
const readAgainMs = 5_000;

/**
 * Reads a page of the history in front of what `timeline` shows into it. A server finds one term; so where more is asked,
 * as for the messages with one person, this reads on until something is shown. It gives up when `isWanted` says so, and
 * when the page is refused or the connection lost.
 */
export async function readOlder(
  client: Client,
  timeline: Timeline,
  isWanted: () => boolean,
  nowMs: () => number,
): Promise<void> {
  try {
    await readPages(client, timeline, isWanted);
  } catch (error) {
    if (error instanceof RefusedError) timeline.readAgainMs = nowMs() + readAgainMs;
  }
}

async function readPages(client: Client, timeline: Timeline, isWanted: () => boolean): Promise<void> {
  const { filter } = timeline;
  const match = filter.kind === 'term' ? filter.term : filter.kind === 'search' ? filter.terms[0] : undefined;
  const isSifted = filter.kind === 'with' || (filter.kind === 'search' && filter.terms.length > 1);
  let before = timeline.first;
  while (isWanted()) {
    const range: HistoryOptions = {
      limit: isSifted ? wireLimits.historyLines : pageLines,
      ...(before !== undefined && { before }),
      ...(match !== undefined && { match }),
    };
    const { entries } = await client.history(range);
    timeline.isComplete ||= entries.length === 0;
    timeline.addAll(entries);
    before = entries[0]?.position;
    if (timeline.isComplete || !isSifted || entries.some((entry) => isShown(filter, entry))) return;
  }
}
