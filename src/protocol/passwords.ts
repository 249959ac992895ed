import { wireLimits } from './limits.ts';
import { countCharacters, hasControlCharacter, isLongerThan } from './text.ts';

/** A password as it is hashed: typed on whatever keyboard, the same characters are the same (NFC, RFC 8265). */
export function normalizePassword(password: string): string {
  // Normalizing costs the square of a run of combining marks; a password this long is nobody's.
  return isTooLong(password) ? password : password.normalize('NFC');
}

/** Whether composing cannot make `password` short enough: it makes at most four characters one. */
function isTooLong(password: string): boolean {
  return isLongerThan(password, 4 * wireLimits.passwordCharacters);
}

/** Why `password` cannot be anybody's, in words for whoever chose it; undefined when it can. */
export function passwordProblem(password: string): string | undefined {
  const characters = countCharacters(normalizePassword(password));
  const { passwordLeastCharacters: least, passwordCharacters: most } = wireLimits;
  if (characters < least) return `A password has at least ${least} characters`;
  if (characters > most) return `A password has at most ${most} characters`;
  if (hasControlCharacter(password) || password.includes('\t'))
    return 'A password holds no control characters';
  // It travels in a header, whose outer spaces do not count.
  if (password.trim() !== password) return 'A password neither begins nor ends with a space';
  return undefined;
}
