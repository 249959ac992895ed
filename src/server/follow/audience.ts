import { phrasesIn } from '../../protocol/phrases.ts';
import { everything } from '../../protocol/words.ts';
import { type FollowIndex, type Holder, leastHolders } from './follow-index.ts';

/** Who would get a message, as far as its sender may know before it is sent: counts, and words that several follow. */
export interface Audience {
  /** How many are online who hold one of `terms`; 0 when those are fewer than `leastHolders`. */
  readonly people: number;
  /** Nobody can be counted, but there is somebody. */
  readonly isFew: boolean;
  /** The words of the message that at least `leastHolders` others follow. Where nobody hears it, such words of others. */
  readonly terms: readonly string[];
}

const maxTerms = 20;
const maxSuggestions = 5;

/** A word: neither everything, nor a person, nor the key of private messages. */
const isWord = (key: string): boolean => key !== everything && !key.startsWith('@') && !key.includes('\t');

/**
 * The audience of a public message with this text, that carries `keys` and comes from `sender`. Keys that few hold
 * count only towards `isFew`, never towards `people`: otherwise the difference between two answers would tell how many
 * hold one of them.
 */
export function audienceOf<Follower>(
  keys: readonly string[],
  text: string,
  index: FollowIndex<Follower>,
  sender: Holder<Follower> | undefined,
  isCounted: (follower: Follower) => boolean,
): Audience {
  const phrases = phrasesIn(text, index.phrasesAmong(keys));
  const distinct = [...new Set([...keys, ...phrases, everything])];
  const held = distinct.filter((key) => index.isFollowed(key, sender));
  const popular = held.filter((key) => index.countFollowers(key, sender) >= leastHolders);
  const counted = index.holders(popular).followers.filter(isCounted).length;
  const people = counted >= leastHolders ? counted : 0;
  const isFew = people === 0 && index.holders(held).followers.some(isCounted);
  if (people === 0 && !isFew) return { people, isFew, terms: suggestions(index, sender) };
  return { people, isFew, terms: people === 0 ? [] : popular.filter(isWord).slice(0, maxTerms) };
}

/** Words that at least `leastHolders` others than `sender` follow. */
function suggestions<Follower>(
  index: FollowIndex<Follower>,
  sender: Holder<Follower> | undefined,
): readonly string[] {
  const popular = index.popular().values();
  const others = popular.filter((key) => isWord(key) && index.countFollowers(key, sender) >= leastHolders);
  return [...others.take(maxSuggestions)];
}
