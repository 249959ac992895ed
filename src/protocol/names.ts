import { wireLimits } from './limits.ts';

const shape = /^[A-Za-z0-9](?:[A-Za-z0-9_.-]*[A-Za-z0-9])?$/;

/**
 * Whether `name` may be a user's name: 1–20 characters of A–Z a–z 0–9 `_.-`, a letter or digit first and
 * last, and not `all` in any case (asn3: the "special reserved username").
 */
export function isUserName(name: string): boolean {
  return name.length <= wireLimits.nameCharacters && shape.test(name) && name.toLowerCase() !== 'all';
}
