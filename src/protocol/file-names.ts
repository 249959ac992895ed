import { wireLimits } from './limits.ts';
import { encodeUtf8, hasControlCharacter } from './text.ts';

/** Returns the name under which a file is announced: the last part of its path, with either separator. */
export function baseName(path: string): string {
  return path.slice(Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\')) + 1);
}

/**
 * Returns why a base name cannot be announced, in words for its sender; undefined when it can. All protocols use this
 * rule for the names they receive, so every protocol can show every announced name.
 */
export function fileNameProblem(name: string): string | undefined {
  if (name === '' || name === '.' || name === '..') return 'That is the name of a folder, not of a file';
  // A character has at least one byte, so a longer name is not even encoded.
  const isLong = name.length > wireLimits.fileNameBytes;
  if (isLong || encodeUtf8(name).length > wireLimits.fileNameBytes) {
    return `A file name has at most ${wireLimits.fileNameBytes} bytes`;
  }
  if (hasControlCharacter(name) || name.includes('\t')) return 'A file name may not hold control characters';
  if (name.trim() !== name) return 'A file name neither begins nor ends with white space';
  if (!name.isWellFormed()) return 'A file name is Unicode text';
  return undefined;
}

/** Returns a name that can be shown, whatever `name` holds: `name` itself if `fileNameProblem` accepts it. */
export function showableFileName(name: string): string {
  if (fileNameProblem(name) === undefined) return name;
  const base = baseName(name.slice(-wireLimits.fileNameBytes).toWellFormed());
  const shown = base.replace(/[\u0000-\u001f\u007f-\u009f]/g, '_').trim();
  return fileNameProblem(shown) === undefined ? shown : 'unnamed';
}
