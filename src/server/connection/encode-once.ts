/**
 * Caches the encoding of the last value, so that all who ask for it share it: encoding a list of thousands takes
 * milliseconds. Values are compared by identity, so they must not be changed.
 */
export function encodeOnce<Value extends object>(
  encode: (value: Value) => Uint8Array,
): (value: Value) => Uint8Array {
  let last: { readonly value: Value; readonly bytes: Uint8Array } | undefined;
  return (value) => {
    if (last?.value !== value) last = { value, bytes: encode(value) };
    return last.bytes;
  };
}
