import fc from 'fast-check';

const surrogates = { first: 0xd800, count: 0x800 };

/** Any character of Unicode. */
const character = fc.nat({ max: 0x10ffff - surrogates.count }).map(
  (index) => String.fromCodePoint(index < surrogates.first ? index : index + surrogates.count),
  (value) => {
    const code = typeof value === 'string' ? value.codePointAt(0) : undefined;
    if (code === undefined || value !== String.fromCodePoint(code) || !value.isWellFormed()) {
      throw new Error('this is not one character');
    }
    return code < surrogates.first ? code : code - surrogates.count;
  },
);

/**
 * The strings of `fc.string({ unit: 'binary' })`, whose first call in a process lists all of Unicode and takes a second.
 * `minLength` and `maxLength` count characters.
 */
export function anyString(
  lengths: { readonly minLength?: number; readonly maxLength?: number } = {},
): fc.Arbitrary<string> {
  return fc.string({ ...lengths, unit: character });
}
