import type { Client } from '../../../client/client.ts';
import { LostError, RefusedError } from '../../../client/errors.ts';

/** The width of a terminal that nobody has enlarged. */
const columns = 80;

/** Resolves with what the user follows, and how to go on; with undefined when the server does not say. */
export async function welcome(client: Client): Promise<string | undefined> {
  try {
    return followingLine(await client.follows(), client.name);
  } catch (error) {
    // The connection broke, which the user is told anyway.
    if (error instanceof LostError || error instanceof RefusedError) return undefined;
    throw error;
  }
}

/** Returns what is said to a user who follows `terms`, in one row: `@all` and the own name go without saying. */
export function followingLine(terms: readonly string[], name: string): string {
  const chosen = terms.filter((term) => term !== '@all' && term !== `@${name}`);
  if (chosen.length === 0) return 'You follow nothing yet: !follow WORD; !help lists all commands.';
  const line = (shown: readonly string[]): string => {
    const more = chosen.length - shown.length;
    return `You follow ${shown.join(', ')}${more > 0 ? ` and ${more} more` : ''}. !help lists all commands.`;
  };
  let shown = 1;
  while (shown < chosen.length && line(chosen.slice(0, shown + 1)).length <= columns) shown += 1;
  return line(chosen.slice(0, shown));
}
