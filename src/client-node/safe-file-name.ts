import { baseName } from '../protocol/file-names.ts';
import { wireLimits } from '../protocol/limits.ts';
import { encodeUtf8 } from '../protocol/text.ts';

/** What a file name may not hold on some system, or what would not show in it; joiners stay, for emoji. */
const unsafe = /(?![\u200c\u200d])[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}<>:"/\\|?*]/gu;
/** Windows opens a device under these names, whatever extension and spaces stand behind. */
const device = /^(?:con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³]|conin\$|conout\$)\s*(?:\.|$)/iu;

const maxLength = 1024;

/**
 * The name under which a file that a stranger called `announced` may be made: the last part of it, nothing in
 * it that leads elsewhere or hides it (`/`, `\`, `:`, controls, a leading `.` or `-`), no device of Windows,
 * 1–255 bytes with its extension.
 */
export function safeFileName(announced: string): string {
  // A server may say anything: what is longer than a name can be is not looked at.
  const shown = baseName(announced).slice(-maxLength).toWellFormed().replace(unsafe, '_').trim();
  // Windows drops dots and spaces at the end: `..` and `con. ` would come back to life there.
  let end = shown.length;
  while (end > 0 && /[.\s]/.test(shown.charAt(end - 1))) end--;
  const bare = shown.slice(0, end);
  const named = bare === '' ? 'attachment' : bare;
  return shortened(/^[.-]/.test(named) || device.test(named) ? `_${named}` : named, '');
}

/** `name` with a number in front of its extension: `note.txt` and 2 make `note (2).txt`. */
export function numberedFileName(name: string, number: number): string {
  return shortened(name, ` (${number})`);
}

function shortened(name: string, mark: string): string {
  const [, stem = name, extension = ''] = /^(.+?)((?:\.tar)?\.[^.]{1,16})$/su.exec(name) ?? [];
  const room = wireLimits.fileNameBytes - encodeUtf8(mark + extension).length;
  const characters = [...stem];
  let length = encodeUtf8(stem).length;
  while (length > room) length -= encodeUtf8(characters.pop() ?? '').length;
  return characters.join('') + mark + extension;
}
