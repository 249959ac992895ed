import type { KeySpan, Log } from '../log/log.ts';
import type { Frame } from '../outbox/frame.ts';
import type { WireForm } from './member.ts';

/** One page of catching up: few enough entries that neither reading nor holding them is felt. */
const pageEntries = 512;
const pageBytes = 128 * 1024;

/**
 * What `reader` missed after `cursor`, as frames: the entries that its keys matched while it held them, and not
 * its own. The same question that live delivery asks, put to the log.
 */
export async function readMissed(
  log: Log,
  reader: { readonly name: string; readonly form: WireForm; spans(): readonly KeySpan[] },
  cursor: number,
): Promise<{ frames: Frame[]; through: number }> {
  const page = await log.read({
    spans: reader.spans(),
    after: cursor,
    pick: 'oldest',
    limit: pageEntries,
    maxBytes: pageBytes,
  });
  const others = page.entries.filter((entry) => entry.sender !== reader.name);
  return { frames: others.map((entry) => reader.form.encode(entry)), through: page.through };
}
