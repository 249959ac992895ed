import { createHash, timingSafeEqual } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { exitCodes } from '../../exit-codes.ts';
import { StartError } from '../start-error.ts';

const leastCharacters = 16;

/**
 * Reads the bearer token in `file`, without white space around it, and returns what compares an `Authorization` field
 * with it. Throws a `StartError` when the file cannot be read or holds no token of at least 16 characters.
 */
export function readToken(file: string): (authorization: string | undefined) => boolean {
  const wanted = digest(tokenIn(file));
  return (authorization) => {
    const [, token] = /^Bearer +(\S{1,4096})$/i.exec(authorization ?? '') ?? [];
    return token !== undefined && timingSafeEqual(digest(token), wanted);
  };
}

function tokenIn(file: string): string {
  let token: string;
  try {
    token = readFileSync(file, 'utf8').trim();
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new StartError(exitCodes.usage, `--metrics-token-file ${file}: it cannot be read (${reason})`);
  }
  if (token.length >= leastCharacters && /^\S+$/.test(token)) return token;
  throw new StartError(
    exitCodes.usage,
    `--metrics-token-file ${file}: it must hold one token of at least ${leastCharacters} characters ` +
      '(make one with: openssl rand -hex 32)',
  );
}

/** Of equal length for tokens of any length, as `timingSafeEqual` demands. */
function digest(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}
