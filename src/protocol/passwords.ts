import { wireLimits } from './limits.ts';
import { countCharacters, hasControlCharacter, isLongerThan } from './text.ts';

/** Returns a password as it is hashed: the same on every keyboard, however it composes characters (NFC, RFC 8265). */
export function normalizePassword(password: string): string {
  // Normalizing takes quadratic time for a run of combining marks, and no valid password is this long.
  return isTooLong(password) ? password : password.normalize('NFC');
}

/** Whether `password` stays too long however it is composed: at most four characters become one. */
function isTooLong(password: string): boolean {
  return isLongerThan(password, 4 * wireLimits.passwordCharacters);
}

/** Returns why `password` is not allowed, in words for the user who chose it; undefined when it is. */
export function passwordProblem(password: string): string | undefined {
  const characters = countCharacters(normalizePassword(password));
  const { passwordLeastCharacters: least, passwordCharacters: most } = wireLimits;
  if (characters < least) return `A password has at least ${least} characters`;
  if (characters > most) return `A password has at most ${most} characters`;
  if (hasControlCharacter(password) || password.includes('\t'))
    return 'A password holds no control characters';
  // It is sent in a header, whose outer spaces do not count.
  if (password.trim() !== password) return 'A password neither begins nor ends with a space';
  return undefined;
}
