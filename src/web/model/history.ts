import type { Client, HistoryOptions } from '../../client/client.ts';
import { wireLimits } from '../../protocol/limits.ts';
import { isShown } from './filter.ts';
import type { Timeline } from './timeline.ts';

const pageLines = 100;

/**
 * Reads a page of the history in front of what `timeline` shows into it. A server finds one term; so where more is asked,
 * as for the messages with one person, this reads on until something is shown. It gives up when `isWanted` says so.
 * Rejects as `Client.history` does.
 */
export async function readOlder(client: Client, timeline: Timeline, isWanted: () => boolean): Promise<void> {
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
