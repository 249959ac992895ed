import { wireLimits } from '../../protocol/limits.ts';
import { hasControlCharacter, isLongerThan } from '../../protocol/text.ts';
import type { Request } from '../../protocol/verbs/request.ts';

/** What a client may ask a server of verbs for. */
export type VerbsRequest = Exclude<Request, { kind: 'malformed' | 'exit' }>;

/** What a line that a user typed means. */
export type TypedVerb =
  | { readonly kind: 'request'; readonly request: VerbsRequest }
  | { readonly kind: 'exit' }
  /** What the user is told, and nothing else is done. */
  | { readonly kind: 'error'; readonly text: string }
  /** An empty line. */
  | { readonly kind: 'nothing' };

const error = (text: string) => ({ kind: 'error', text }) as const;
const badUsername = error('Bad username');
const badMessage = error('Bad message');
const invalidCommand = error('Invalid command');

/** Checks what CS3560 has a client check, in its words. Spaces at the end of a command count only in a text. */
export function readTypedVerb(line: string): TypedVerb {
  if (line.trim() === '') return { kind: 'nothing' };
  const [, verb = '', rest = ''] = /^(\S*)\s?(.*)$/su.exec(line) ?? [];
  switch (verb) {
    case 'login':
      return login(rest.trim());
    case 'sendto':
      return sendTo(rest);
    case 'list':
    case 'logout':
      return rest.trim() === '' ? { kind: 'request', request: { kind: verb } } : invalidCommand;
    case 'exit':
      return rest.trim() === '' ? { kind: 'exit' } : invalidCommand;
    default:
      return invalidCommand;
  }
}

function login(name: string): TypedVerb {
  return isBadName(name) ? badUsername : { kind: 'request', request: { kind: 'login', name } };
}

function sendTo(rest: string): TypedVerb {
  const [, to = '', text = ''] = /^\s*(\S*)\s?(.*)$/su.exec(rest) ?? [];
  if (isBadName(to) || text === '') return badUsername;
  if (isLongerThan(text, wireLimits.textCharacters) || hasControlCharacter(text)) return badMessage;
  return { kind: 'request', request: { kind: 'sendto', to, text } };
}

/** Whether no server could take it for a name; which names are good is for the server to say. */
function isBadName(name: string): boolean {
  if (name === '' || /\s/u.test(name) || hasControlCharacter(name)) return true;
  return isLongerThan(name, wireLimits.nameCharacters);
}

/** What a line is answered with that is too long to be looked at. */
export const tooLongToRead: TypedVerb = badMessage;
/** What a line is answered with that is no text. */
export const notText: TypedVerb = invalidCommand;
