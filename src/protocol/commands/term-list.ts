/**
 * Several terms in one text, with commas between them: `--follow` and `--default-follow` on the command line, the
 * `Follow:` header of a login, the answer to `!follow?`. No term holds a comma or white space, so nothing is quoted.
 */

/** The parts of `text`, without the white space around them; empty ones are left out. Whether each is a term is not looked at. */
export function parseTermList(text: string): string[] {
  return text
    .split(',')
    .map((term) => term.trim())
    .filter((term) => term !== '');
}

export function formatTermList(terms: Iterable<string>): string {
  return [...terms].join(', ');
}
