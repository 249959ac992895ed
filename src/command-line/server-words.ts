import { formatChatAddress, parseChatAddress } from '../transport/address.ts';

/** What the words of a command line name. */
export interface Words {
  readonly profile?: string | undefined;
  readonly name?: string | undefined;
  readonly address?: string | undefined;
  /** The words that are left. */
  readonly rest: readonly string[];
}

/** A word with a colon is an address: no name of a user or a profile has one. */
const looksLikeAddress = (word: string): boolean => word.includes(':');

/** The words of `join` and `logout`: NAME and ADDRESS in either order, or one of NAME, ADDRESS and PROFILE. */
export function joinWords(words: readonly string[], isProfile: (name: string) => boolean): Words {
  const [first, second] = words;
  if (first === undefined) return { rest: [] };
  if (second === undefined) {
    if (looksLikeAddress(first)) return { address: first, rest: [] };
    return isProfile(first) ? { profile: first, rest: [] } : { name: first, rest: [] };
  }
  const isSwapped = looksLikeAddress(first) && !looksLikeAddress(second);
  return isSwapped ? { name: second, address: first, rest: [] } : { name: first, address: second, rest: [] };
}

/** The word of `tail`, `list`, `history`, `console` and `menu`: an ADDRESS or a PROFILE. */
export function serverWords(words: readonly string[], isProfile: (name: string) => boolean): Words {
  const [first, ...rest] = words;
  if (first === undefined) return { rest };
  return isProfile(first) && !looksLikeAddress(first) ? { profile: first, rest } : { address: first, rest };
}

/**
 * The words of `earshot send`: [ADDRESS] TEXT. A text must not be taken for an address by accident: when something else
 * names the server (`isServerKnown`), only a word that begins with `chat://`, `chats://`, `chat+udp://` or `tcp://` is
 * an address.
 */
export function sendWords(words: readonly string[], isServerKnown: boolean): Words {
  const [first, ...rest] = words;
  if (first === undefined) return { rest };
  const isAddress = isServerKnown
    ? /^(?:chats?|chat\+udp|tcp):\/\//.test(first) && parseChatAddress(first).ok
    : looksLikeAddress(first) && !/\s/.test(first);
  return isAddress ? { address: first, rest } : { rest: words };
}

/**
 * For a command line with the host and the port of the server as two words, returns it for a shell with an address in
 * their place; undefined when it has no such words. `operands` are those of `words` that are no options.
 */
export function withOneAddress(words: readonly string[], operands: readonly string[]): string | undefined {
  const isPort = (word: string): boolean => /^[1-9][0-9]{0,4}$/.test(word) && Number(word) <= 65_535;
  const at = operands.findIndex((word, i) => i > 0 && isPort(word));
  const [host = '', port = ''] = operands.slice(at - 1, at + 1);
  const first = words.findIndex((word, i) => word === host && words[i + 1] === port);
  const address = formatChatAddress({ host: host.replace(/^\[|\]$/g, ''), port: Number(port) });
  if (at < 1 || first < 0 || !parseChatAddress(address).ok) return undefined;
  return words.toSpliced(first, 2, address).map(quoted).join(' ');
}

/** A word as it is typed in a shell. */
function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
