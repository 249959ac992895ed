/**
 * How many cases a property tries: `usual` in `npm test`, `thorough` in `npm run test:long`. A test file with a property
 * of this kind has to be in the list of that command, which `tests/test-commands.test.ts` checks.
 */
export function propertyRuns(usual: number, thorough: number): number {
  return process.env.EARSHOT_THOROUGH === '1' ? thorough : usual;
}

/** `whole` in `npm run test:long`, and the first of it in `npm test`. What is said of files above holds. */
export function firstOf<const List extends readonly unknown[]>(whole: List): readonly List[number][] {
  return process.env.EARSHOT_THOROUGH === '1' ? whole : whole.slice(0, 1);
}
