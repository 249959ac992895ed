/**
 * Several terms in one text, separated by commas: `--follow` and `--default-follow` on the command line, the
 * `Follow:` header of a login, the answer to `!follow?`. No term holds a comma or white space, so nothing is quoted.
 */

/** Splits `text` at commas, trims the parts and drops empty ones. Does not check that each is a term. */
export function parseTermList(text: string): string[] {
  return text
    .split(',')
    .map((term) => term.trim())
    .filter((term) => term !== '');
}

export function formatTermList(terms: Iterable<string>): string {
  return [...terms].join(', ');
}
