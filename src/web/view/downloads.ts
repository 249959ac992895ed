import type { ChatAttachment } from '../../client/client.ts';
import { baseName } from '../../protocol/file-names.ts';
import type { Chat } from '../model/chat.ts';
import { pictureType } from './pictures.ts';

/** Gets a file, verified, and gives it to the browser to save: never to open, whatever is in it. */
export async function save(chat: Chat, file: ChatAttachment): Promise<void> {
  const bytes = await chat.transfers.get(file);
  if (bytes === undefined) return;
  const address = URL.createObjectURL(new Blob([bytes], { type: 'application/octet-stream' }));
  const link = document.createElement('a');
  link.href = address;
  link.download = safeName(file.name);
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
}

/** Without what makes a name look like another one: folders, directions, control characters. */
export function safeName(name: string): string {
  const safe = baseName(name).replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}/\\:*?"<>|]/gu, '_');
  return safe.replace(/^\.+/, '_') || 'file';
}

/** Resolves with the address of the picture in a file, by its bytes; undefined when it is none. */
export async function picture(chat: Chat, file: ChatAttachment): Promise<string | undefined> {
  const bytes = await chat.transfers.get(file);
  const type = bytes && pictureType(bytes);
  return bytes === undefined || type === undefined
    ? undefined
    : URL.createObjectURL(new Blob([bytes], { type }));
}
