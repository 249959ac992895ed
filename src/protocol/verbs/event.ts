/** Verbs (CS3560), server to client, as a client reads it. Lines come without their line end. */

/** The one answer that every request but `exit` gets. */
export type Answer =
  | { readonly kind: 'list'; readonly names: readonly string[] }
  | { readonly kind: 'response'; readonly result: 'ok' | 'failure' | 'malformed' };

export type ServerLine =
  | Answer
  /** A user's message; it answers no request. */
  | { readonly kind: 'delivery'; readonly sender: string; readonly text: string }
  /** Not a line of this protocol. */
  | { readonly kind: 'unknown'; readonly line: string };

export function parseServerLine(line: string): ServerLine {
  // With `s`, as a text may hold U+2028.
  const [, sender, text] = /^SENDTO (\S+) (.+)$/s.exec(line) ?? [];
  if (sender !== undefined && text !== undefined) return { kind: 'delivery', sender, text };
  const [verb, ...words] = line.split(' ').filter((word) => word !== '');
  if (verb === 'LIST') return { kind: 'list', names: words };
  const [result, more] = words;
  const isResult = result === 'ok' || result === 'failure' || result === 'malformed';
  if (verb === 'RESPONSE' && isResult && more === undefined) return { kind: 'response', result };
  return { kind: 'unknown', line };
}
