import { encodeUtf8 } from '../../../protocol/text.ts';
import * as reply from '../../../protocol/verbs/reply.ts';
import type { WireForm } from '../../hub/member.ts';
import type { Entry } from '../../log/entry.ts';

/** How entries look in verbs: one line, in UTF-8, whatever they are. */
export const verbsForm: WireForm = {
  encode: (entry) => ({ bytes: encodeUtf8(lineOf(entry)), position: entry.position }),
};

function lineOf({ sender, message }: Entry): string {
  if (message.kind === 'attachment') return reply.attachment(sender, message.file.name, message.file.bytes);
  return reply.delivery(sender, message.text);
}
