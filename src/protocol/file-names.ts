import { wireLimits } from './limits.ts';
import { encodeUtf8, hasControlCharacter } from './text.ts';

/** The name a file is announced under: the last part of the path its sender typed, whatever the separator. */
export function baseName(path: string): string {
  return path.slice(Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\')) + 1);
}

/**
 * Why a base name cannot be announced, in words for its sender; undefined when it can. The one rule for file names,
 * whichever protocol they come in: every form can show what this lets pass.
 */
export function fileNameProblem(name: string): string | undefined {
  if (name === '' || name === '.' || name === '..') return 'That is the name of a folder, not of a file';
  // A character has at least a byte; what is longer is not looked at any further.
  const isLong = name.length > wireLimits.fileNameBytes;
  if (isLong || encodeUtf8(name).length > wireLimits.fileNameBytes) {
    return `A file name has at most ${wireLimits.fileNameBytes} bytes`;
  }
  if (hasControlCharacter(name) || name.includes('\t')) return 'A file name may not hold control characters';
  if (name.trim() !== name) return 'A file name neither begins nor ends with white space';
  if (!name.isWellFormed()) return 'A file name is Unicode text';
  return undefined;
}

/** `name` as it can be shown whatever it holds: itself where `fileNameProblem` finds nothing wrong with it. */
export function showableFileName(name: string): string {
  if (fileNameProblem(name) === undefined) return name;
  const base = baseName(name.slice(-wireLimits.fileNameBytes).toWellFormed());
  const shown = base.replace(/[\u0000-\u001f\u007f-\u009f]/g, '_').trim();
  return fileNameProblem(shown) === undefined ? shown : 'unnamed';
}
