import type { Entry } from '../messages/entry.ts';
import type { Frame } from '../outbox/frame.ts';
import type { EventEncoder, FrameEncoder } from './user.ts';

/** What is shown in place of a message that cannot be shown. */
export const unshowableText = '(the server cannot show this message)';

/** Called for an entry that an encoder could not encode. */
export type ReportUnshowable = (error: unknown, entry: Entry) => void;

/**
 * As `encoder.encode`, but neither this nor its result throws: an entry whose encoder throws becomes a placeholder, so that
 * it costs its readers this entry, but neither the others nor their connection.
 */
export function encodeSafely(encoder: EventEncoder, entry: Entry, report: ReportUnshowable): FrameEncoder {
  const placeholder = (error: unknown): Frame => {
    report(error, entry);
    return encoder.placeholder?.(entry) ?? { bytes: new Uint8Array(), position: entry.position };
  };
  try {
    const encode = encoder.encode(entry);
    return (variant) => {
      try {
        return encode(variant);
      } catch (error) {
        return placeholder(error);
      }
    };
  } catch (error) {
    const frame = placeholder(error);
    return () => frame;
  }
}
