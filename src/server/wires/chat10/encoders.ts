import { type Charset, toAscii, toAsciiFileName } from '../../../protocol/chat10/charset.ts';
import * as reply from '../../../protocol/chat10/reply.ts';
import { showableFileName } from '../../../protocol/file-names.ts';
import { encodeUtf8, withoutLineSeparators } from '../../../protocol/text.ts';
import { encodeOnce } from '../../connection/encode-once.ts';
import { unshowableText } from '../../hub/frames.ts';
import { type SharedEncoder, sameForAll } from '../../hub/user.ts';
import type { Entry } from '../../messages/entry.ts';

/** How entries look in CHAT/1.0: to clients that take file bytes (asn3), and to those that read lines only. */
export interface Chat10Encoders {
  readonly withFiles: SharedEncoder;
  readonly linesOnly: SharedEncoder;
  /** Encodes a text of the server for these clients. */
  encodeText(text: string): Uint8Array;
  /** The answer to `!list`. */
  encodeUserList(names: readonly string[]): Uint8Array;
  /** An entry as `!history` shows it to `reader`. */
  historyLine(entry: Entry, reader: string): string;
}

export function chat10Encoders(charset: Charset): Chat10Encoders {
  const inCharset = charset === 'ascii' ? toAscii : withoutLineSeparators;
  const fileName = charset === 'ascii' ? toAsciiFileName : (name: string) => name;
  const encodeText = (text: string): Uint8Array => encodeUtf8(inCharset(text));
  return {
    encodeText,
    encodeUserList: encodeOnce((names: readonly string[]) => encodeText(reply.userList(names))),
    historyLine,
    linesOnly: sameForAll((entry) => ({ bytes: encodeText(lineOf(entry)), position: entry.position })),
    withFiles: sameForAll((entry) => {
      if (entry.message.kind !== 'attachment') {
        return { bytes: encodeText(lineOf(entry)), position: entry.position };
      }
      const { file } = entry.message;
      const name = showableFileName(file.name);
      const notice = reply.attachmentNotice(fileName(name), entry.sender, file.bytes);
      const gone = reply.chatLine(entry.sender, `attached ${name}, which the server no longer keeps`);
      return {
        bytes: encodeText(notice),
        position: entry.position,
        file,
        withoutFile: encodeText(gone),
      };
    }),
  };
}

function lineOf({ sender, message }: Entry): string {
  switch (message.kind) {
    case 'text':
    case 'broadcast':
      return reply.chatLine(sender, message.text);
    case 'private':
      return reply.privateLine(sender, message.text);
    case 'damaged':
      return reply.chatLine(sender, unshowableText);
    case 'attachment':
      return reply.attachmentLine(showableFileName(message.file.name), sender, message.file.bytes);
  }
}

function historyLine(entry: Entry, reader: string): string {
  const { sender, message } = entry;
  const isOwnPrivate = message.kind === 'private' && sender === reader;
  return isOwnPrivate ? reply.privateLineTo(sender, message.to, message.text) : lineOf(entry);
}
