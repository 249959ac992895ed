/** The cost of a password hash: see RFC 9106. */
export interface HashCost {
  readonly memoryKiB: number;
  readonly passes: number;
}

export interface PasswordHash extends HashCost {
  readonly salt: Uint8Array;
  readonly tag: Uint8Array;
}

const shape = /^\$argon2id\$v=19\$m=([0-9]{1,8}),t=([0-9]{1,4}),p=1\$([A-Za-z0-9+/]+)\$([A-Za-z0-9+/]+)$/;

/** Formats the hash as a PHC string (github.com/P-H-C/phc-string-format): `$argon2id$v=19$m=19456,t=2,p=1$salt$tag`. */
export function formatPasswordHash({ memoryKiB, passes, salt, tag }: PasswordHash): string {
  return `$argon2id$v=19$m=${memoryKiB},t=${passes},p=1$${base64(salt)}$${base64(tag)}`;
}

/** Throws when `formatPasswordHash` did not make `text`. */
export function parsePasswordHash(text: string): PasswordHash {
  const [, memoryKiB, passes, salt, tag] = shape.exec(text) ?? [];
  if (salt === undefined || tag === undefined) throw new Error('a stored password hash cannot be read');
  return {
    memoryKiB: Number(memoryKiB),
    passes: Number(passes),
    salt: Buffer.from(salt, 'base64'),
    tag: Buffer.from(tag, 'base64'),
  };
}

/** Without padding, as the format requires. */
function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64').replaceAll('=', '');
}
