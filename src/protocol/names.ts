import { wireLimits } from './limits.ts';

const shape = /^[A-Za-z0-9](?:[A-Za-z0-9_.-]*[A-Za-z0-9])?$/;

/** Names that people would take for the server or its operator. */
const trustedNames = new Set(['admin', 'earshot', 'root', 'server', 'system']);

/** The sender of announcements in protocols that have no other form for them; one of the names above. */
export const operatorName = 'server';

/** Whether no new user may have the name, in upper or lower case, because others would trust it. */
export function isReservedName(name: string): boolean {
  return trustedNames.has(name.toLowerCase());
}

/**
 * Whether `name` may be a user's name: 1–20 characters of A–Z a–z 0–9 `_.-`, a letter or digit first and
 * last, and not `all` in any case (asn3: the "special reserved username").
 */
export function isUserName(name: string): boolean {
  return name.length <= wireLimits.nameCharacters && shape.test(name) && name.toLowerCase() !== 'all';
}
