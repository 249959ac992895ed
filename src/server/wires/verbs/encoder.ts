import { showableFileName } from '../../../protocol/file-names.ts';
import { encodeUtf8, withoutLineSeparators } from '../../../protocol/text.ts';
import * as reply from '../../../protocol/verbs/reply.ts';
import { unshowableText } from '../../hub/frames.ts';
import { type SharedEncoder, sameForAll } from '../../hub/user.ts';
import type { Entry } from '../../messages/entry.ts';

/** How entries look in verbs: each is one line, in UTF-8. */
export const verbsEncoder: SharedEncoder = sameForAll((entry) => ({
  bytes: encodeUtf8(withoutLineSeparators(lineOf(entry))),
  position: entry.position,
}));

function lineOf({ sender, message }: Entry): string {
  if (message.kind === 'attachment')
    return reply.attachment(sender, showableFileName(message.file.name), message.file.bytes);
  return reply.delivery(sender, message.kind === 'damaged' ? unshowableText : message.text);
}
