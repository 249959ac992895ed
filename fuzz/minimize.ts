/** Removes what `fails` does not need, by halves, quarters and so on down to single bytes, for at most half a minute. */
export async function minimized(
  input: Uint8Array,
  fails: (input: Uint8Array) => Promise<boolean>,
  forMs = 30_000,
): Promise<Uint8Array> {
  const endMs = performance.now() + forMs;
  let bytes = input;
  let size = Math.ceil(bytes.length / 2);
  while (size > 0) {
    for (let at = 0; at < bytes.length; ) {
      if (performance.now() > endMs) return bytes;
      const shorter = new Uint8Array(bytes.length - Math.min(size, bytes.length - at));
      shorter.set(bytes.subarray(0, at));
      shorter.set(bytes.subarray(at + size), at);
      if (await fails(shorter)) bytes = shorter;
      else at += size;
    }
    size = size === 1 ? 0 : Math.ceil(size / 2);
  }
  return bytes;
}
