/**
 * Several terms in one text, separated by commas: `--follow` and `--default-follow` on the command line, the
 * `Follow:` header of a login, the answer to `!follow?`. No term holds a comma, so nothing is quoted but phrases, whose
 * quotation marks belong to them. In commands there is white space between terms.
 */

/** Splits `text` at commas, trims the parts and drops empty ones. Does not check that each is a term. */
export function parseTermList(text: string): string[] {
  return text
    .split(',')
    .map((term) => term.trim())
    .filter((term) => term !== '');
}

/**
 * Returns the first words of `text`, at most `count`, split at white space, except that a phrase in double quotes is one.
 * A quotation mark without a second one at the end of a word is part of its word. Takes linear time.
 */
export function termWords(text: string, count: number): string[] {
  return text
    .matchAll(/"[^"]*"(?!\S)|\S+/gu)
    .take(count)
    .map(([word]) => word)
    .toArray();
}

export function formatTermList(terms: Iterable<string>): string {
  return [...terms].join(', ');
}
