import { wireLimits } from './limits.ts';
import { encodeUtf8, hasControlCharacter } from './text.ts';

/** The name a file is announced under: the last part of the path its sender typed, whatever the separator. */
export function baseName(path: string): string {
  return path.slice(Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\')) + 1);
}

/** Why a base name cannot be announced, in words for its sender; undefined when it can. */
export function fileNameProblem(name: string): string | undefined {
  if (name === '' || name === '.' || name === '..') return 'That is the name of a folder, not of a file';
  if (hasControlCharacter(name)) return 'A file name may not hold control characters';
  if (encodeUtf8(name).length > wireLimits.fileNameBytes) {
    return `A file name has at most ${wireLimits.fileNameBytes} bytes`;
  }
  return undefined;
}
