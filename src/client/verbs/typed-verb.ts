import { wireLimits } from '../../protocol/limits.ts';
import { hasControlCharacter, isLongerThan, isTextTooLong } from '../../protocol/text.ts';
import type { Request } from '../../protocol/verbs/request.ts';

/** A request that gets an answer. */
export type VerbsRequest = Exclude<Request, { kind: 'malformed' | 'exit' }>;

/** The meaning of a typed line. */
export type TypedVerb =
  | { readonly kind: 'request'; readonly request: VerbsRequest }
  | { readonly kind: 'exit' }
  /** Show `text` and send nothing. */
  | { readonly kind: 'error'; readonly text: string }
  /** An empty line. */
  | { readonly kind: 'nothing' };

const error = (text: string) => ({ kind: 'error', text }) as const;
const badUsername = error('Bad username');
const badMessage = error('Bad message');
const invalidCommand = error('Invalid command');

/** Parses a typed line with the checks and error texts of CS3560. Trailing spaces matter only in a message's text. */
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
  if (isTextTooLong(text) || hasControlCharacter(text)) return badMessage;
  return { kind: 'request', request: { kind: 'sendto', to, text } };
}

/** Whether `name` cannot be sent as a name. Otherwise the server decides whether it is valid. */
function isBadName(name: string): boolean {
  if (name === '' || /\s/u.test(name) || hasControlCharacter(name)) return true;
  return isLongerThan(name, wireLimits.nameCharacters);
}

/** The result for a line above the length limit. */
export const tooLongToRead: TypedVerb = badMessage;
/** The result for a line that is not UTF-8. */
export const notText: TypedVerb = invalidCommand;
