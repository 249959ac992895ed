import { wireLimits } from '../../protocol/limits.ts';
import { isLongerThan } from '../../protocol/text.ts';

/** Whether there is nothing in `text` to send. */
export function isBlank(text: string): boolean {
  return text.trim() === '';
}

/** Why `text` cannot be a message, in words for its writer; undefined when it can. */
export function textProblem(text: string): string | undefined {
  if (!isLongerThan(text, wireLimits.textCharacters)) return undefined;
  return `it has more than ${wireLimits.textCharacters.toLocaleString('en')} characters`;
}
