/** Pictures that a browser draws without running anything: known by their first bytes, never by what a sender says. */
const beginnings: readonly { readonly type: string; readonly bytes: readonly (number | undefined)[] }[] = [
  { type: 'image/png', bytes: [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a] },
  { type: 'image/jpeg', bytes: [0xff, 0xd8, 0xff] },
  { type: 'image/gif', bytes: [0x47, 0x49, 0x46, 0x38] },
  {
    type: 'image/webp',
    bytes: [0x52, 0x49, 0x46, 0x46, ...[undefined, undefined, undefined, undefined], 0x57, 0x45, 0x42, 0x50],
  },
];

/** The type of the picture in `bytes`; undefined when it is none of the known types. */
export function pictureType(bytes: Uint8Array): string | undefined {
  return beginnings.find((known) => known.bytes.every((byte, at) => byte === undefined || bytes[at] === byte))
    ?.type;
}

const pictureName = /\.(?:png|jpe?g|gif|webp)$/i;

/** Whether it is worth while to look: larger ones are saved and not shown. */
export function mayBePicture(name: string, bytes: number): boolean {
  return pictureName.test(name) && bytes <= 16 * 1024 * 1024;
}
