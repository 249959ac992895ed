import { wireLimits } from '../limits.ts';
import { isLongerThan, isTextTooLong } from '../text.ts';

/**
 * Verbs (CS3560), client to server: what a line means. Lines arrive without their line end, as valid UTF-8 without
 * control characters.
 */
export type Request =
  /** `name` has 1 to 20 characters and no white space. It may still be no valid user name. */
  | { readonly kind: 'login'; readonly name: string }
  | { readonly kind: 'list' }
  /** `text` is everything after the one space that follows the name, unchanged. */
  | { readonly kind: 'sendto'; readonly to: string; readonly text: string }
  | { readonly kind: 'logout' }
  | { readonly kind: 'exit' }
  | { readonly kind: 'malformed' };

const verb = /^(?:login|list|sendto|logout|exit)(?:\s|$)/u;
const malformed = { kind: 'malformed' } as const;

/** Whether the client speaks verbs: `line`, the first of its connection, begins with one. */
export function beginsWithVerb(line: string): boolean {
  return verb.test(line);
}

export function parseRequest(line: string): Request {
  if (line === 'list' || line === 'logout' || line === 'exit') return { kind: line };
  const [word, rest] = splitAtSpace(line);
  if (word === 'login') return isNamePart(rest) ? { kind: 'login', name: rest } : malformed;
  if (word !== 'sendto') return malformed;
  const [to, text] = splitAtSpace(rest);
  const isText = text !== '' && !isTextTooLong(text);
  return isNamePart(to) && isText ? { kind: 'sendto', to, text } : malformed;
}

/** The line of a request, without its line end. */
export function formatRequest(request: Exclude<Request, { kind: 'malformed' }>): string {
  switch (request.kind) {
    case 'login':
      return `login ${request.name}`;
    case 'sendto':
      return `sendto ${request.to} ${request.text}`;
    default:
      return request.kind;
  }
}

/** Splits `text` at its first space. */
function splitAtSpace(text: string): readonly [string, string] {
  const at = text.indexOf(' ');
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)];
}

function isNamePart(word: string): boolean {
  return word !== '' && !/\s/u.test(word) && !isLongerThan(word, wireLimits.nameCharacters);
}
