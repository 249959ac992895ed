/** What ends, separates and counts in earshot's protocols, and what is at the edge of numbers and of UTF-8. */
const pieces: readonly Uint8Array[] = [
  '\n',
  '\r\n',
  '\n\n',
  '\r',
  '\t',
  ' ',
  ':',
  '@',
  '!',
  '"',
  ',',
  '*',
  '\0',
  '\x1b[',
  '\x1b]0;',
  '\x7f',
  '-1',
  '0',
  '00',
  '1',
  '65535',
  '65536',
  '2147483648',
  '9007199254740993',
  '1e9',
  '0x10',
  '99999999999999999999',
  'CHAT/1.0',
  'CHAT/1.1',
  'HTTP/1.1',
  'Content-Length: ',
  'Id: ',
  'Follow: ',
  'é',
  '\u0301',
  '\u202e',
  '\u2028',
  '\ufeff',
  '😀',
  '界',
]
  .map((text) => new TextEncoder().encode(text))
  .concat(
    [
      [0xff],
      [0xff, 0xfd, 6],
      [0xff, 0xfa],
      [0xc0, 0x80],
      [0xed, 0xa0, 0x80],
      [0xf4, 0x90, 0x80, 0x80],
      [0xe2, 0x82],
      [0x16, 3, 1],
    ].map((bytes) => Uint8Array.from(bytes)),
  );

/** The longest input: more than any limit of a line, a header block or a text. */
const maxBytes = 80 * 1024;

/** Changes `input` in one to eight ways; `other` is another input, to splice from. `random` yields from 0 to 1. */
export function mutated(input: Uint8Array, other: Uint8Array, random: () => number): Uint8Array {
  const pick = (limit: number): number => Math.floor(random() * limit);
  let bytes = input;
  for (let left = 1 + pick(8); left > 0; left--) {
    const at = pick(bytes.length + 1);
    const to = Math.min(bytes.length, at + 1 + pick(pick(4) === 0 ? bytes.length : 16));
    switch (pick(7)) {
      case 0:
        bytes = bytes.slice();
        if (at < bytes.length) bytes[at] = pick(256);
        break;
      case 1:
        bytes = bytes.slice();
        if (at < bytes.length) bytes[at] = (bytes[at] ?? 0) ^ (1 << pick(8));
        break;
      case 2:
        bytes = joined(bytes.subarray(0, at), bytes.subarray(to));
        break;
      case 3:
        bytes = joined(bytes.subarray(0, at), pieces[pick(pieces.length)] ?? bytes, bytes.subarray(at));
        break;
      case 4:
        bytes = joined(bytes.subarray(0, at), pieces[pick(pieces.length)] ?? bytes, bytes.subarray(to));
        break;
      case 5: {
        const from = pick(other.length + 1);
        bytes = joined(bytes.subarray(0, at), other.subarray(from, from + 1 + pick(64)), bytes.subarray(at));
        break;
      }
      default: {
        // Long inputs find what takes too long, and take most of the time: few of them are enough.
        const times = 2 + pick(pick(64) === 0 ? 4_096 : 8);
        const copies = Array.from({ length: times }, () => bytes.subarray(at, to));
        bytes = joined(bytes.subarray(0, at), ...copies, bytes.subarray(to));
      }
    }
    if (bytes.length > maxBytes) bytes = bytes.subarray(0, maxBytes);
  }
  return bytes;
}

function joined(...parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts));
}
