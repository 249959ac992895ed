import { parseAttachmentHeader } from '../../protocol/chat10/event.ts';
import { decodeUtf8 } from '../../protocol/text.ts';
import type { ClientSocket } from '../client-socket.ts';
import type { AnnouncedFile, Chat10Ending, Chat10Handlers } from './chat10-handlers.ts';

const chunkBytes = 64 * 1024;
const headerLines = 20;
const headerBytes = 64 * 1024;

/** Reads the headers and the bytes that follow `ATTACHMENT`. Stops the socket when the headers make no sense. */
export async function receiveFile(
  file: string,
  socket: ClientSocket<Chat10Ending>,
  handlers: Pick<Chat10Handlers, 'saveFile'>,
): Promise<void> {
  const announced = await attachmentHeaders(file, socket);
  if (announced === undefined) return;
  const sink = await handlers.saveFile(announced);
  let missingBytes = announced.bytes;
  while (missingBytes > 0) {
    const chunk = socket.input.takeBytes(Math.min(missingBytes, chunkBytes));
    if (chunk.length > 0) {
      missingBytes -= chunk.length;
      await sink.write(chunk);
    } else if (!(await socket.input.more())) break;
    if (socket.stopped !== undefined) break;
  }
  await (missingBytes === 0 ? sink.finish() : sink.abandon());
}

/** Reads the headers, of which `Content-Length:` is the last. Resolves with undefined when the connection ends. */
async function attachmentHeaders(
  file: string,
  socket: ClientSocket<Chat10Ending>,
): Promise<AnnouncedFile | undefined> {
  let origin: string | undefined;
  for (let count = 0; count < headerLines; count++) {
    const line = await socket.nextLine(headerBytes);
    if (line === undefined) return undefined;
    const header = parseAttachmentHeader(decodeUtf8(line) ?? '');
    if (header.kind === 'length') return { file, origin, bytes: header.bytes };
    if (header.kind === 'invalid') break;
    if (header.kind === 'origin') origin = header.name;
  }
  socket.stop({ kind: 'broken', problem: 'the server announced a file with headers that make no sense' });
  return undefined;
}
