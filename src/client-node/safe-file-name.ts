import { baseName } from '../protocol/file-names.ts';
import { wireLimits } from '../protocol/limits.ts';
import { encodeUtf8 } from '../protocol/text.ts';

/** Characters that some system forbids in file names, or that are invisible. Joiners are allowed, for emoji. */
const unsafe = /(?![\u200c\u200d])[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}<>:"/\\|?*]/gu;
/** Names of Windows devices, with any extension and trailing spaces. */
const device = /^(?:con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³]|conin\$|conout\$)\s*(?:\.|$)/iu;

const maxLength = 1024;

/**
 * Returns a safe file name for the untrusted name `announced`: its last part, without anything that leads to another
 * folder or hides the file (`/`, `\`, `:`, controls, a leading `.` or `-`); not a device of Windows; 1–255 bytes with
 * its extension.
 */
export function safeFileName(announced: string): string {
  // Bounds the work for a hostile name.
  const shown = baseName(announced).slice(-maxLength).toWellFormed().replace(unsafe, '_').trim();
  // Windows ignores trailing dots and spaces, so `..` and `con. ` would be dangerous there.
  let end = shown.length;
  while (end > 0 && /[.\s]/.test(shown.charAt(end - 1))) end--;
  const bare = shown.slice(0, end);
  const named = bare === '' ? 'attachment' : bare;
  return shortened(/^[.-]/.test(named) || device.test(named) ? `_${named}` : named, '');
}

/** Returns `name` with a number before its extension: `note (2).txt` for `note.txt` and 2. */
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
