import { encodeUtf8 } from '../../protocol/text.ts';
import type { Write } from '../outgoing.ts';
import type { Chat10Handlers } from './chat10-handlers.ts';

const chunkBytes = 64 * 1024;

/**
 * Answers `ATTACH` with `Content-Length: N` and exactly N raw bytes of the file at `path`; with -1 when the file cannot
 * be opened or `path` is undefined. Rejects when the file ends or fails after its size was announced: the connection is
 * then unusable.
 */
export async function sendFile(
  path: string | undefined,
  handlers: Pick<Chat10Handlers, 'openFile'>,
  write: Write,
): Promise<void> {
  const source = path === undefined ? undefined : await handlers.openFile(path);
  if (source === undefined) {
    await write(encodeUtf8('Content-Length: -1\n'));
    return;
  }
  try {
    let isOpen = await write(encodeUtf8(`Content-Length: ${source.bytes}\n`));
    let missingBytes = source.bytes;
    while (isOpen && missingBytes > 0) {
      const chunk = await source.read(Math.min(missingBytes, chunkBytes));
      if (chunk.length === 0) throw new Error('it became shorter meanwhile');
      missingBytes -= chunk.length;
      isOpen = await write(chunk);
    }
  } finally {
    await source.close();
  }
}
