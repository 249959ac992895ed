import type { Place } from '../../client/place.ts';
import { id, wholeNumber } from '../../protocol/chat11/values.ts';

/** A place as scripts see it: `POSITION@EPOCH`, one word. */

export function formatCursor({ position, epoch }: Place): string {
  return `${position}@${epoch}`;
}

/** Returns undefined when `text` is no cursor. */
export function parseCursor(text: string): Place | undefined {
  const at = text.indexOf('@');
  const position = wholeNumber.parse(text.slice(0, Math.max(0, at)));
  const epoch = id.parse(text.slice(at + 1));
  return at === -1 || position === undefined || epoch === undefined ? undefined : { position, epoch };
}
