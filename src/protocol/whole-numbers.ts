/**
 * Parses decimal digits. Returns undefined for any other text (signs, points, exponents, leading zeros), and for a
 * number that a double does not hold exactly.
 */
export function parseWholeNumber(text: string): number | undefined {
  const number = /^(?:0|[1-9][0-9]{0,15})$/.test(text) ? Number(text) : undefined;
  return Number.isSafeInteger(number) ? number : undefined;
}

/** As `parseWholeNumber`; undefined also when it is less than `least` or more than `most`. */
export function parseNumberWithin(text: string, least: number, most: number): number | undefined {
  const number = parseWholeNumber(text);
  return number !== undefined && number >= least && number <= most ? number : undefined;
}
